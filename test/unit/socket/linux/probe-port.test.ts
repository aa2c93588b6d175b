import assert from 'node:assert/strict';
import test from 'node:test';
import type { Libc } from '../../../../src/socket/linux/libc.ts';
import { NO_TICKET, ProbePort } from '../../../../src/socket/linux/probe-port.ts';

/** Takes every option; nothing else is called. */
const LIBC = { setsockopt: () => 0, address: () => 0n } as unknown as Libc;

const SOCKET = {
  fd: -1,
  isIPv6: false,
  localPort: 1,
  isConnected: true,
  hasStamps: true,
  seesFragments: false,
};

function portOf(ports: number): ProbePort {
  return new ProbePort(LIBC, SOCKET, 0, ports);
}

function sendAll(port: ProbePort, tickets: readonly number[]): void {
  for (const ticket of tickets) port.addSent(ticket);
}

test('a stamp is of the probe that was sent as the how-manieth it says', () => {
  const port = portOf(1);
  sendAll(port, [1, 4, 7, 2 ** 40]);
  assert.deepEqual(
    [0, 1, 2, 3].map((id) => port.ticketOf(id)),
    [1, 4, 7, 2 ** 40],
  );
});

test('a number that nothing was sent under is of no probe', () => {
  const port = portOf(1);
  assert.equal(port.ticketOf(0), NO_TICKET);
  sendAll(port, [5]);
  assert.equal(port.ticketOf(1), NO_TICKET);
  assert.equal(port.ticketOf(2 ** 32 - 1), NO_TICKET);
});

test('the latest 8192 tickets are kept, or at least 64 where many ports share them', () => {
  for (const [ports, kept] of [
    [1, 8192],
    [3, 2048],
    [1000, 64],
  ] as const) {
    const port = portOf(ports);
    sendAll(
      port,
      Array.from({ length: kept + 1 }, (_, at) => at),
    );
    assert.equal(port.ticketOf(0), NO_TICKET, `of ${ports} ports`);
    assert.equal(port.ticketOf(1), 1);
    assert.equal(port.ticketOf(kept), kept);
  }
});

test('after a start anew the kernel’s 0 is the next probe', () => {
  const port = portOf(1);
  sendAll(port, [10, 11]);
  port.restartStamps();
  assert.equal(port.ticketOf(0), NO_TICKET);
  sendAll(port, [12, 13]);
  assert.deepEqual([port.ticketOf(0), port.ticketOf(1)], [12, 13]);
});
