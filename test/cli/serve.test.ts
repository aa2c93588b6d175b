// echogram serve as a program: what it prints, where, and how it ends.

import assert from 'node:assert/strict';
import test from 'node:test';
import { send } from '../../src/index.ts';
import { until } from '../helpers/deadline.ts';
import {
  ANSWERED,
  asInTheLesson,
  CLIENT_TRANSCRIPT,
  MESSAGE,
  SERVER_TRANSCRIPT,
} from '../helpers/lesson.ts';
import { messagesOf, REACH_HINT, summaryOf } from '../helpers/messages.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { peerPath, startPeer } from '../helpers/peers.ts';
import { BIN, Program, runEchogram, startEchogram, startServer } from '../helpers/programs.ts';
import { firstSkip, needsLinux, needsNamespaces, needsProgram } from '../helpers/skips.ts';
import { UdpPeer } from '../helpers/udp.ts';

test(
  "prints the lesson's server transcript for the lesson's client in Python",
  { skip: needsProgram('python3') },
  async (t) => {
    const { server, port } = await startServer(t);
    const client = await startPeer(t, 'echo_client.py', String(port)).ended();
    assert.deepEqual([client.stdout, client.exitCode], [CLIENT_TRANSCRIPT, 0]);
    await server.untilStdout(ANSWERED);
    assert.equal(asInTheLesson(server.stdout), SERVER_TRANSCRIPT);
  },
);

test('prints both transcripts of the lesson when echogram send asks', async (t) => {
  const { server, port } = await startServer(t);
  const args = ['send', '-4', '--port', String(port), '--timeout', '20s'];
  const client = await runEchogram(t, args);
  assert.deepEqual(client, {
    stdout: CLIENT_TRANSCRIPT,
    stderr: '',
    exitCode: 0,
    signal: null,
  });
  await server.untilStdout(ANSWERED);
  assert.equal(asInTheLesson(server.stdout), SERVER_TRANSCRIPT);
});

test(
  "without a flag listens on localhost port 10000, the lesson's transcript letter for letter",
  { skip: firstSkip(needsNamespaces(), needsProgram('python3')) },
  async (t) => {
    const host = NetworkNamespace.create(t);
    const server = host.startEchogram(t, 'serve');
    await server.untilStdout(/waiting/);
    const client = await host.start(t, 'python3', peerPath('echo_client.py'), '10000').ended();
    assert.equal(client.stdout, CLIENT_TRANSCRIPT);
    await server.untilStdout(ANSWERED);
    assert.equal(server.stdout.replaceAll(/, \d+\)/g, ', 50139)'), SERVER_TRANSCRIPT);
  },
);

test('says which port it chose for --port 0, and answers there', async (t) => {
  const { server, port } = await startServer(t);
  assert.equal(
    server.stdout,
    `starting up on localhost port ${port}\n\nwaiting to receive message\n`,
  );
  assert.ok(port >= 1024);
  const reply = await send('here', { port, timeoutMs: 20_000 });
  assert.ok(reply.matches);
});

test('prints nothing with -q, and still answers, says its port and sums up', async (t) => {
  const args = ['-q', '--host', '127.0.0.1', '--port', '0'];
  const server = startEchogram(t, ['serve', ...args]);
  const listening = /echogram: listening on 127\.0\.0\.1 port (\d+)\n/;
  await until(() => listening.test(server.stderr), 'the port on standard error');
  const [line = '', port] = listening.exec(server.stderr) ?? [];
  const peer = await UdpPeer.open(t);
  await peer.send('anyone', Number(port));
  assert.equal((await peer.next()).payload.toString(), 'anyone');
  server.child.kill('SIGTERM');
  const { stdout, stderr, exitCode } = await server.ended();
  const rest = messagesOf(stderr.replace(line, ''));
  assert.deepEqual([stdout, rest, exitCode], ['', summaryOf(1, 6), 0]);
});

test('says on standard error, with --quiet too, which source is beyond --limit', async (t) => {
  const args = ['serve', '--quiet', '--host', '127.0.0.1', '--port', '0', '--limit', '5'];
  const server = startEchogram(t, args);
  const listening = / port (\d+)\n/;
  await until(() => listening.test(server.stderr), 'the port on standard error');
  const port = Number(listening.exec(server.stderr)?.[1]);
  const peer = await UdpPeer.open(t);
  const notice =
    /^echogram: warning: the per-source limit of 5 per second \(--limit\) refused [\d,]+ datagrams? in the last .*, for example from 127\.0\.0\.1$/m;
  await until(async () => {
    await peer.send('again', port);
    return notice.test(server.stderr);
  }, 'the notice on standard error');
  assert.equal(server.stdout, '');
});

test('tells an answer that --impair loses as not sent, and why', async (t) => {
  const { server, port } = await startServer(t, '--impair', 'loss=100%');
  const peer = await UdpPeer.open(t);
  await peer.send('lost on the way back', port);
  await server.untilStdout(
    /received 20 bytes .*\nlost on the way back\ndid not send the reply \(lost: on request\)\n/,
  );
  server.child.kill('SIGTERM');
  const { stderr } = await server.ended();
  assert.match(stderr, /0 answered.*impaired on request \(lost 1\)/);
  assert.equal(peer.unread, 0);
});

/** A line of --json, whose time must be in ISO 8601, UTC, with milliseconds. */
function withoutTime(line: string): Record<string, unknown> {
  const { time, ...rest } = JSON.parse(line) as Record<string, unknown>;
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  return rest;
}

test(
  'prints one JSON object a line with --json, with the exact numbers',
  { skip: needsLinux() },
  async (t) => {
    const { server, port } = await startServer(t, '--json', '--host', '127.0.0.1');
    const peer = await UdpPeer.open(t);
    await peer.send('a\u202e', port);
    await peer.next();
    // The server's own port as source port, which it never answers. Linux has all of 127/8.
    const alike = await UdpPeer.open(t, '127.0.0.2', port);
    await alike.send('abcdef', port);
    await server.untilStdout(/"event":"refused".*\n/);
    server.child.kill('SIGTERM');
    const { stdout, exitCode } = await server.ended();
    const lines = stdout.trimEnd().split('\n');
    const [listening, received, sent, receivedAlike, refused, closed] = lines.map(withoutTime);
    assert.equal(lines.length, 6);
    const { engine, workers, receiveBuffer, sendBuffer, ...where } = listening ?? {};
    assert.deepEqual(where, {
      event: 'listening',
      host: '127.0.0.1',
      port,
      addresses: [{ address: '127.0.0.1', port }],
      services: [{ name: 'echo', port, addresses: [{ address: '127.0.0.1', port }] }],
    });
    assert.match(String(engine), /^(?:linux|portable)$/);
    assert.equal(workers, 1);
    // 4 MiB are asked for, docs/cli.md; what is granted is the system's to say.
    for (const buffer of [receiveBuffer, sendBuffer] as { askedBytes: number }[]) {
      assert.equal(buffer.askedBytes, 4_194_304);
    }
    const client = { address: '127.0.0.1', port: peer.port };
    // U+202E is three bytes in UTF-8 (RFC 3629).
    assert.deepEqual(received, {
      event: 'received',
      service: 'echo',
      peer: client,
      payloadBytes: 4,
      payload: 'a\\u{202e}',
    });
    assert.deepEqual(sent, { event: 'sent', service: 'echo', peer: client, payloadBytes: 4 });
    const forbidden = { address: '127.0.0.2', port };
    assert.deepEqual(receivedAlike, {
      event: 'received',
      service: 'echo',
      peer: forbidden,
      payloadBytes: 6,
      payload: 'abcdef',
    });
    assert.deepEqual(refused, {
      event: 'refused',
      service: 'echo',
      peer: forbidden,
      payloadBytes: 6,
      reason: 'own-port',
    });
    const { event, receivedDatagrams, receivedBytes, sentDatagrams, sentBytes } = closed ?? {};
    assert.deepEqual(
      [event, receivedDatagrams, receivedBytes, sentDatagrams, sentBytes],
      ['closed', 2, 10, 1, 4],
    );
    assert.equal((closed?.['refused'] as Record<string, number>)['own-port'], 1);
    assert.equal(exitCode, 0);
    assert.equal(alike.unread, 0);
  },
);

for (const [flags, hints] of [
  [[], 1],
  [['--stamp', '0'], 1],
  // Who names a host has chosen.
  [['--host', '127.0.0.1'], 0],
  [['--host', '0.0.0.0'], 0],
  [['--quiet'], 0],
  [['--json'], 0],
] as const) {
  const times = hints === 0 ? 'does not say' : 'says once';

  test(`serve ${flags.join(' ')} ${times} how to let other hosts in`, async (t) => {
    const server = startEchogram(t, ['serve', '--port', '0', ...flags]);
    await until(() => /listening|starting up/.test(server.stdout + server.stderr), 'its start');
    server.child.kill('SIGTERM');
    const { stdout, stderr } = await server.ended();
    assert.equal(stderr.split(REACH_HINT).length - 1, hints, stderr);
    assert.doesNotMatch(stdout, /0\.0\.0\.0 \(or/);
  });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`ends with exit code 0 and a summary on standard error for ${signal}`, async (t) => {
    const { server, port } = await startServer(t);
    await send(MESSAGE, { port, timeoutMs: 20_000 });
    server.child.kill(signal);
    const { stderr, exitCode } = await server.ended();
    assert.deepEqual([messagesOf(stderr), exitCode], [summaryOf(1, 42), 0]);
  });
}

for (const [signal, command] of [
  // nohup(1) has it ignored, which Node forgets as it starts; `_` is where a shell notes the command.
  ['SIGHUP', `_=/usr/bin/nohup exec nohup "$0" "$@"`],
  // Or, where a terminal was its standard input, by what it puts there.
  ['SIGHUP', `_= exec "$0" "$@" 0>/dev/null`],
  // Node would open its inspector.
  ['SIGUSR1', `exec "$0" "$@"`],
  // The system would end it.
  ['SIGUSR2', `exec "$0" "$@"`],
  // Its terminal has another size.
  ['SIGWINCH', `exec "$0" "$@"`],
  // What it writes has no reader.
  ['SIGPIPE', `exec "$0" "$@"`],
] as const) {
  test(
    `answers on after ${signal} where started by ${command}`,
    { skip: needsProgram('nohup') },
    async (t) => {
      const args = [BIN, 'serve', '--port', '0'];
      const server = new Program(t, 'sh', ['-c', command, process.execPath, ...args]);
      const [, port] = await server.untilStdout(/port (\d+)\n/);
      server.child.kill(signal);
      await send(MESSAGE, { port: Number(port), timeoutMs: 20_000 });
      server.child.kill('SIGTERM');
      const { stderr, exitCode } = await server.ended();
      assert.deepEqual([messagesOf(stderr), exitCode], [summaryOf(1, 42), 0]);
    },
  );
}

test('cannot be made to forge a line or drive the terminal by a payload', async (t) => {
  const { server, port } = await startServer(t);
  const peer = await UdpPeer.open(t);
  const hostile =
    "\x1b[2J\x1b]0;owned\x07\r\nsent 42 bytes back to ('127.0.0.1', 1)\n\u2028\x7f\x9b";
  await peer.send(hostile, port);
  await peer.next();
  await server.untilStdout(/sent \d+ bytes back to .*\n\n.*\n$/);
  // 5 + 10 + 2 + 38 + 1 + 3 (U+2028) + 1 + 2 (U+009B) bytes.
  assert.equal(
    server.stdout,
    String.raw`starting up on localhost port ${port}

waiting to receive message
received 61 bytes from ('127.0.0.1', ${peer.port})
\x1b[2J\x1b]0;owned\x07\r\nsent 42 bytes back to ('127.0.0.1', 1)\n\u{2028}\x7f\u{9b}
sent 61 bytes back to ('127.0.0.1', ${peer.port})

waiting to receive message
`,
  );
});
