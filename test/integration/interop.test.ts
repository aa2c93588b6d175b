// Peers that nobody here wrote, or that follow the lesson: Python, socat and ncat, both ways.

import assert from 'node:assert/strict';
import test from 'node:test';
import { send, serve } from '../../src/index.ts';
import { CLIENT_TRANSCRIPT, MESSAGE } from '../helpers/lesson.ts';
import { startPeer, startPythonServer } from '../helpers/peers.ts';
import { Program, runEchogram } from '../helpers/programs.ts';
import { needsProgram } from '../helpers/skips.ts';

const NEEDS_PYTHON = { skip: needsProgram('python3') };
const NEEDS_SOCAT = { skip: needsProgram('socat') };

/** A program whose messages on standard error can be waited for like its output. */
const WITH_MESSAGES = ['sh', '-c', 'exec "$@" 2>&1', 'sh'] as const;

test(
  "the library gets its message back from the lesson's server in Python",
  NEEDS_PYTHON,
  async (t) => {
    const { server, port } = await startPythonServer(t);
    const reply = await send(MESSAGE, { host: '127.0.0.1', port, timeoutMs: 20_000 });
    assert.equal(Buffer.from(reply.payload).toString(), MESSAGE);
    assert.ok(reply.matches);
    await server.untilStdout(/received 42 bytes from \('127\.0\.0\.1', \d+\)\n.*\nsent 42 bytes/);
  },
);

test(
  "echogram send gets its message back from the lesson's server in Python",
  NEEDS_PYTHON,
  async (t) => {
    const { port } = await startPythonServer(t);
    const args = ['send', '-4', '--port', String(port), '--timeout', '20s'];
    const { stdout, exitCode } = await runEchogram(t, args);
    assert.deepEqual([stdout, exitCode], [CLIENT_TRANSCRIPT, 0]);
  },
);

test("the library answers the lesson's client in Python", NEEDS_PYTHON, async (t) => {
  await using server = await serve({ port: 0 });
  const client = await startPeer(t, 'echo_client.py', String(server.port)).ended();
  assert.deepEqual([client.stdout, client.exitCode], [CLIENT_TRANSCRIPT, 0]);
});

test('the library gets 1,400 random-looking bytes back from socat', NEEDS_SOCAT, async (t) => {
  const [command, ...args] = WITH_MESSAGES;
  const socat = ['socat', '-d', '-d', 'UDP4-LISTEN:0,bind=127.0.0.1', 'PIPE'];
  const server = new Program(t, command, [...args, ...socat]);
  const [, port] = await server.untilStdout(/listening on UDP .*:(\d+)\n/);
  // 31 is prime to 256, so that every byte value comes.
  const message = Uint8Array.from({ length: 1400 }, (_, index) => index * 31);
  const reply = await send(message, { host: '127.0.0.1', port: Number(port), timeoutMs: 20_000 });
  assert.deepEqual(Uint8Array.from(reply.payload), message);
});

test('the library answers socat', NEEDS_SOCAT, async (t) => {
  await using server = await serve({ host: '127.0.0.1', port: 0 });
  const client = new Program(t, 'socat', [
    '-t30',
    '-',
    `UDP4:127.0.0.1:${server.port},readbytes=6`,
  ]);
  client.child.stdin?.end('hello\n');
  const { stdout, exitCode } = await client.ended();
  assert.deepEqual([stdout, exitCode], ['hello\n', 0]);
});

test('the library answers ncat', { skip: needsProgram('ncat') }, async (t) => {
  await using server = await serve({ host: '127.0.0.1', port: 0 });
  const client = new Program(t, 'ncat', ['-u', '127.0.0.1', String(server.port)]);
  client.child.stdin?.write('hello\n');
  await client.untilStdout(/^hello\n$/);
});
