// The states of a page in which no reply came in time. Each is a hundred probes, one in each column of 10 ms, unless it
// says otherwise.

import { madeResult, NO_DROPS } from './made-result.ts';
import { nothingSent, oneProbe, stateOf } from './page-results.ts';
import {
  always,
  counted,
  PORT_UNREACHABLE,
  REFLECTOR,
  STAMP,
  UDP_ECHO_PLUS,
  type PageState,
} from './page-state.ts';

const isLoopback = { ...madeResult().target, host: '127.0.0.1', address: '127.0.0.1', port: 9 };
const PROHIBITED = { systemCode: 'EHOSTUNREACH', icmpType: 3, icmpCode: 13 };

export const UNANSWERED_PAGE_STATES: readonly PageState[] = [
  {
    name: 'one probe, lost',
    result: oneProbe({ lost: 1 }),
    outcome: 'down',
    headline: 'UDP does not work.',
    legend: [['path', 1, 'lost on the path or at the other end']],
  },
  {
    name: 'all lost',
    result: stateOf({ lost: always }),
    outcome: 'down',
    headline: 'UDP does not work.',
    legend: [['path', 100, 'lost on the path or at the other end']],
    middle: 'path',
  },
  {
    name: 'refused: twelve of a hundred got an ICMP error',
    result: stateOf(
      { lost: always, icmpErrors: (column) => (column % 9 === 0 ? 1 : 0) },
      {
        target: isLoopback,
        datagrams: counted({ icmpErrors: 12 }),
        icmpErrors: [{ ...PORT_UNREACHABLE, from: '127.0.0.1', count: 12 }],
      },
    ),
    outcome: 'down',
    headline: 'UDP does not work.',
    legend: [['icmpErrors', 100, 'refused: nothing listens on port 9']],
    middle: 'icmpErrors',
  },
  {
    name: 'prohibited by a router',
    result: stateOf(
      { lost: always, icmpErrors: (column) => (column % 50 === 0 ? 1 : 0) },
      {
        datagrams: counted({ icmpErrors: 2 }),
        icmpErrors: [{ ...PROHIBITED, from: '192.0.2.1', count: 2 }],
      },
    ),
    outcome: 'down',
    headline: 'UDP does not work.',
    legend: [
      ['icmpErrors', 100, 'not delivered: ICMP "administratively prohibited" from 192.0.2.1'],
    ],
    middle: 'icmpErrors',
  },
  {
    name: 'all late',
    result: stateOf({ late: always }),
    outcome: 'down',
    headline: 'Every reply arrived after the timeout.',
    legend: [['late', 100, 'late: after the timeout of 10 ms']],
    middle: 'late',
  },
  {
    name: 'all altered',
    result: stateOf({ lost: always, corrupted: always }),
    outcome: 'down',
    headline: 'UDP works, but 100 replies came back altered and none intact.',
    legend: [['unusable', 100, 'answered by altered replies']],
    middle: 'unusable',
  },
  {
    name: 'answered from elsewhere',
    result: stateOf(
      { lost: always },
      {
        datagrams: counted({ stray: 100 }),
        elsewhere: {
          datagrams: 100,
          senders: [{ address: '192.0.2.8', port: 10_000, datagrams: 100 }],
        },
      },
    ),
    outcome: 'down',
    headline: 'Replies come from elsewhere.',
    legend: [['unusable', 100, 'answered from another address or port']],
    middle: 'unusable',
  },
  {
    name: 'answered with another key',
    result: stateOf(
      { lost: always },
      { target: STAMP, reflector: { ...REFLECTOR, unauthenticated: 100 } },
    ),
    outcome: 'down',
    headline: 'UDP works, but 100 replies failed HMAC verification.',
    legend: [['unusable', 100, 'answered, but failed HMAC verification']],
    middle: 'unusable',
  },
  {
    name: 'answered in another protocol',
    result: stateOf(
      { lost: always },
      { target: STAMP, reflector: { ...REFLECTOR, unaltered: 100 } },
    ),
    outcome: 'down',
    headline: 'Port 862 is a plain echo server.',
    legend: [['unusable', 100, 'answered in another protocol']],
    middle: 'unusable',
  },
  {
    name: 'no probe: stopped before the first',
    result: nothingSent({ code: 'SIGINT' }),
    outcome: 'unknown',
    headline: 'Nothing was sent, so nothing is known.',
    legend: [],
  },
  {
    name: 'no probe: it failed',
    result: nothingSent({ code: 'ERROR', message: 'no route to the host (ENETUNREACH)' }),
    outcome: 'down',
    headline: 'Nothing was measured.',
    legend: [],
  },
  {
    name: 'a UDPEchoPlus server, asked in plain echo',
    result: stateOf(
      { lost: always, corrupted: always },
      { alterations: { udpEchoPlus: 100, joined: 0, swappedTimes: 0 } },
    ),
    outcome: 'down',
    headline: 'Port 10000 is a UDPEchoPlus server.',
    legend: [['unusable', 100, 'answered in another protocol']],
    middle: 'unusable',
  },
  {
    name: 'no answer from a UDPEchoPlus port',
    result: stateOf({ lost: always }, { target: UDP_ECHO_PLUS, reflector: REFLECTOR }),
    outcome: 'down',
    headline: 'No reply to 100 probes.',
    legend: [['path', 100, 'lost on the path or at the other end']],
    middle: 'path',
  },
  {
    name: 'strays: what came answers no probe',
    result: stateOf({ lost: always }, { datagrams: counted({ stray: 60 }) }),
    outcome: 'down',
    headline: 'UDP works, but nothing received answers a probe.',
    legend: [
      ['unusable', 60, 'answered by something that is no reply'],
      ['path', 40, 'lost on the path or at the other end'],
    ],
    middle: 'unusable',
  },
  {
    name: 'what came was dropped by this host',
    result: stateOf(
      { lost: always, hostDropped: always },
      { hostDrops: { ...NO_DROPS, receiveBuffer: 100 } },
    ),
    outcome: 'down',
    headline: 'No reply to 100 probes could be read, but datagrams arrived and were dropped.',
    legend: [['thisHost', 100, "lost in this host's receive buffer"]],
    middle: 'thisHost',
  },
  {
    name: 'what came was damaged',
    result: stateOf(
      { lost: always, hostDropped: always },
      { hostDrops: { ...NO_DROPS, checksum: 100 } },
    ),
    outcome: 'down',
    headline: 'No reply to 100 probes could be read, but datagrams arrived and were dropped.',
    legend: [['unusable', 100, 'damaged on the path (wrong UDP checksum)']],
    middle: 'unusable',
  },
];
