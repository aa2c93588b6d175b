import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CLOSING_LINE,
  datagramLines,
  receivedLine,
  sendingLine,
  startingUp,
  unreportedLines,
  WAITING_LINE,
} from '../../../src/report/transcript.ts';
import type { DatagramSample } from '../../../src/server/sampler.ts';

// The lesson's own message and the two transcripts it prints, typed from its text.
const MESSAGE = Buffer.from('This is the message.  It will be repeated.');

const SERVER_TRANSCRIPT = `starting up on localhost port 10000

waiting to receive message
received 42 bytes from ('127.0.0.1', 50139)
This is the message.  It will be repeated.
sent 42 bytes back to ('127.0.0.1', 50139)

waiting to receive message
`;

const CLIENT_TRANSCRIPT = `sending "This is the message.  It will be repeated."
waiting to receive
received "This is the message.  It will be repeated."
closing socket
`;

const SAMPLE: DatagramSample = {
  service: 'echo',
  peer: { address: '127.0.0.1', port: 50_139 },
  payloadBytes: 42,
  payload: MESSAGE,
  refused: null,
  notSent: null,
  sentBytes: 42,
};

test("the server's lines are the lesson's, letter for letter", () => {
  const lines = [...startingUp([{ host: 'localhost', port: 10_000 }]), ...datagramLines(SAMPLE)];
  assert.equal(textOf(lines), SERVER_TRANSCRIPT);
});

test("the client's lines are the lesson's, letter for letter", () => {
  const lines = [sendingLine(MESSAGE), WAITING_LINE, receivedLine(MESSAGE), CLOSING_LINE];
  assert.equal(textOf(lines), CLIENT_TRANSCRIPT);
});

test('a refused datagram says why in the place of its answer', () => {
  assert.deepEqual(datagramLines({ ...SAMPLE, refused: 'port-zero', sentBytes: 0 }), [
    "received 42 bytes from ('127.0.0.1', 50139)",
    'This is the message.  It will be repeated.',
    'did not answer (port-zero: source port 0, which cannot be answered (RFC 768))',
    '',
    'waiting to receive message',
  ]);
});

for (const [notSent, line] of [
  ['EPERM', 'did not send the reply (EPERM: this host forbids it: a firewall, or a sandbox)'],
  ['waiting', 'did not send the reply yet (waiting: its next hop has not answered)'],
  ['delayed', 'did not send the reply yet (delayed: on request)'],
  ['lost', 'did not send the reply (lost: on request)'],
] as const) {
  test(`a reply that has not left says why, and not that it was sent (${notSent})`, () => {
    assert.deepEqual(datagramLines({ ...SAMPLE, notSent, sentBytes: 0 }), [
      "received 42 bytes from ('127.0.0.1', 50139)",
      'This is the message.  It will be repeated.',
      line,
      '',
      'waiting to receive message',
    ]);
  });
}

test('an empty datagram keeps its line, empty', () => {
  const lines = datagramLines({
    ...SAMPLE,
    payload: Buffer.alloc(0),
    payloadBytes: 0,
    sentBytes: 0,
  });
  assert.deepEqual(lines.slice(0, 3), [
    "received 0 bytes from ('127.0.0.1', 50139)",
    '',
    "sent 0 bytes back to ('127.0.0.1', 50139)",
  ]);
});

test('a payload that imitates the transcript stays on one line', () => {
  const payload = Buffer.from("x\nsent 42 bytes back to ('127.0.0.1', 50139)");
  const lines = datagramLines({ ...SAMPLE, payload, payloadBytes: payload.length });
  assert.equal(lines[1], "x\\nsent 42 bytes back to ('127.0.0.1', 50139)");
  assert.equal(lines.length, 5);
});

test('a host name cannot drive the terminal', () => {
  assert.equal(startingUp([{ host: 'a\u001b[2J', port: 7 }])[0], 'starting up on a\\x1b[2J port 7');
});

test('datagrams beyond the sample are counted in one line', () => {
  assert.deepEqual(unreportedLines(1), [
    '',
    '(1 more datagram in the last second, not shown)',
    '',
    'waiting to receive message',
  ]);
  assert.equal(unreportedLines(2)[1], '(2 more datagrams in the last second, not shown)');
});

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
