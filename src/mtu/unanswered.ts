// SPDX-License-Identifier: MIT
// Why there was no reply at all.

import type { ReplyVerdict } from '../client/protocols/probe-protocol.ts';
import { PROTOCOL_WORDS } from '../client/protocols/protocol-words.ts';
import { IcmpErrorTable } from '../client/session/icmp-error-table.ts';
import {
  icmpErrorSenders,
  isClosedPort,
  nothingListens,
  startServer,
} from '../client/verdict/icmp-errors.ts';
import { FAILED_HMAC } from '../client/verdict/unanswered.ts';
import { escapeText } from '../printable.ts';
import { countOf } from '../quantities.ts';
import type { MtuTarget, MtuVerdict } from './mtu-result.ts';
import type { Trial } from './trial.ts';

export type UnansweredCode =
  'NO_REPLY' | 'NOTHING_LISTENS' | 'ICMP_ERROR' | 'WRONG_PROTOCOL' | 'WRONG_KEY';

export interface Unanswered {
  readonly target: MtuTarget;
  readonly isAuthenticated: boolean;
  readonly trials: readonly Trial[];
  /** What arrived instead of a reply. */
  readonly strays: ReadonlySet<ReplyVerdict>;
}

export function whyUnanswered(asked: Unanswered): MtuVerdict {
  return wrongReply(asked) ?? icmpError(asked) ?? silence(asked);
}

function wrongReply({ target, strays }: Unanswered): MtuVerdict | undefined {
  const { address, port, protocol } = target;
  const place = `${escapeText(address)} port ${port}`;
  if (strays.has('unauthenticated')) {
    return {
      code: 'WRONG_KEY',
      sentences: [`UDP works, but the replies of ${place} ${FAILED_HMAC}.`],
    };
  }
  if (strays.size === 0) return undefined;
  const hint = strays.has('unaltered')
    ? 'it is a plain echo server; search with --protocol echo'
    : strays.has('udp-echo-plus')
      ? 'it is a UDPEchoPlus server; search with --protocol udp-echo-plus'
      : 'it speaks another protocol, or something on the path changes the replies';
  return {
    code: 'WRONG_PROTOCOL',
    sentences: [
      `UDP works, but ${place} gives no valid ${PROTOCOL_WORDS[protocol]} reply: ${hint}.`,
    ],
  };
}

function icmpError({ target, isAuthenticated, trials }: Unanswered): MtuVerdict | undefined {
  const table = new IcmpErrorTable();
  for (const { outcome } of trials) if (outcome.kind === 'icmp-error') table.add(outcome.error);
  const icmpErrors = table.summary();
  if (icmpErrors.length === 0) return undefined;
  const count = icmpErrors.reduce((sum, error) => sum + error.count, 0);
  const datagrams = { icmpErrors: count, received: 0, late: 0 };
  const evidence = { target, datagrams, icmpErrors, config: { isAuthenticated } };
  const isClosed = isClosedPort(evidence);
  const cause = isClosed ? nothingListens(evidence) : icmpErrorSenders(evidence);
  const remedy = startServer(evidence);
  return {
    code: isClosed ? 'NOTHING_LISTENS' : 'ICMP_ERROR',
    sentences: remedy === undefined ? [cause] : [cause, remedy],
  };
}

function silence({ target, trials }: Unanswered): MtuVerdict {
  const { address, port, protocol } = target;
  const hint =
    protocol === 'echo'
      ? 'nothing answers there, or a firewall drops requests or replies'
      : `nothing answers there, it does not speak ${PROTOCOL_WORDS[protocol]}, or a firewall drops requests or replies`;
  const sent = countOf(trials.length, 'small datagram');
  return {
    code: 'NO_REPLY',
    sentences: [`No reply from ${escapeText(address)} port ${port} to ${sent}: ${hint}.`],
  };
}
