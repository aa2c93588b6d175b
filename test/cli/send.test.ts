// echogram send as a program: what goes out, which replies count, and its exit codes.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { serve } from '../../src/index.ts';
import { deadline } from '../helpers/deadline.ts';
import { CLIENT_TRANSCRIPT, MESSAGE } from '../helpers/lesson.ts';
import { runEchogram, startEchogram } from '../helpers/programs.ts';
import { needsIPv6, needsProgram } from '../helpers/skips.ts';
import { closedPort, UdpPeer } from '../helpers/udp.ts';

/** Long enough that no reply on this machine is late. */
const PATIENT = ['--timeout', '20s'];

/** Arguments that ask `peer`; of two timeouts the last counts. */
function asking(peer: { readonly port: number }, ...args: readonly string[]): readonly string[] {
  return ['send', `127.0.0.1:${peer.port}`, ...PATIENT, ...args];
}

test("sends the lesson's message unless it is given one", async (t) => {
  const peer = await UdpPeer.open(t);
  const client = runEchogram(t, asking(peer));
  const request = await peer.next();
  assert.equal(request.payload.toString(), MESSAGE);
  await peer.send(request.payload, request.port);
  assert.deepEqual(await client, {
    stdout: CLIENT_TRANSCRIPT,
    stderr: '',
    exitCode: 0,
    signal: null,
  });
});

const BINARY = Uint8Array.from([0, 0xff, 0xc0, 0x80, 0x0a, 0x0d, 0, 0xed, 0xa0, 0x80, 0x1b]);

for (const [what, input] of [
  ['NULs and bytes that are no UTF-8', BINARY],
  ['nothing at all', new Uint8Array(0)],
  ['a line with its end', new TextEncoder().encode('hello\n')],
] as const) {
  test(`sends standard input for -, byte for byte: ${what}`, async (t) => {
    const peer = await UdpPeer.open(t);
    const client = runEchogram(t, asking(peer, '-'), input);
    const request = await peer.next();
    assert.deepEqual(Uint8Array.from(request.payload), input);
    await peer.send(request.payload, request.port);
    assert.equal((await client).exitCode, 0);
  });
}

test('sends the bytes that --hex spells, and shows them escaped', async (t) => {
  const peer = await UdpPeer.open(t);
  const client = runEchogram(t, asking(peer, '--hex', '00 1b 5B41 ff'));
  const request = await peer.next();
  assert.deepEqual([...request.payload], [0x00, 0x1b, 0x5b, 0x41, 0xff]);
  await peer.send(request.payload, request.port);
  const shown = String.raw`"\x00\x1b[A\xff"`;
  assert.equal(
    (await client).stdout,
    `sending ${shown}\nwaiting to receive\nreceived ${shown}\nclosing socket\n`,
  );
});

test('reads hexadecimal digits from standard input for --hex -', async (t) => {
  const peer = await UdpPeer.open(t);
  const client = runEchogram(t, asking(peer, '--hex', '-'), 'de ad\nbe ef\n');
  const request = await peer.next();
  assert.deepEqual([...request.payload], [0xde, 0xad, 0xbe, 0xef]);
  await peer.send(request.payload, request.port);
  assert.equal((await client).exitCode, 0);
});

test('exits with 1 after --timeout where no reply came, and says how often it sent', async (t) => {
  const peer = await UdpPeer.open(t);
  const client = await runEchogram(t, asking(peer, 'hi', '--timeout', '50ms', '--retries', '1'));
  assert.equal(
    client.stdout,
    'sending "hi"\nwaiting to receive\nsending "hi"\nwaiting to receive\nclosing socket\n',
  );
  assert.equal(
    client.stderr,
    `echogram: no reply from 127.0.0.1 port ${peer.port} within 50 ms (2 datagrams sent); the request or the reply was lost, filtered or refused\n`,
  );
  assert.equal(client.exitCode, 1);
});

test('sends again as often as --retries says, and takes the reply to any of them', async (t) => {
  const peer = await UdpPeer.open(t);
  const args = ['hi', '--timeout', '200ms', '--retries', '1000', '--json'];
  const client = runEchogram(t, asking(peer, ...args));
  await peer.next('the first datagram, to be dropped');
  await peer.next('the second, to be dropped');
  const third = await peer.next('the third');
  await peer.send(third.payload, third.port);
  const { stdout, exitCode } = await client;
  const reply = JSON.parse(stdout) as { datagramsSent: number; rttNs: null };
  assert.equal(exitCode, 0);
  assert.ok(reply.datagramsSent >= 3, `${reply.datagramsSent} sent`);
  // Nobody can tell which copy was answered (RFC 8085 section 3.1.1).
  assert.equal(reply.rttNs, null);
});

test('prints the reply as one JSON document with --json', async (t) => {
  await using server = await serve({ host: '127.0.0.1', port: 0 });
  const { stdout, stderr, exitCode } = await runEchogram(t, asking(server, 'é\n', '--json'));
  const { rttNs, ...reply } = JSON.parse(stdout) as Record<string, unknown>;
  assert.ok(typeof rttNs === 'number' && rttNs > 0);
  assert.deepEqual(reply, {
    event: 'reply',
    matches: true,
    from: { address: '127.0.0.1', port: server.port },
    datagramsSent: 1,
    // "é" is two bytes in UTF-8.
    messageBytes: 3,
    payloadBytes: 3,
    payload: 'é\\n',
  });
  assert.equal(stdout.split('\n').length, 2);
  assert.deepEqual([stderr, exitCode], ['', 0]);
});

test('prints the failure as one JSON document with --json', async (t) => {
  const port = await closedPort(t);
  const { stdout, stderr, exitCode } = await runEchogram(t, asking({ port }, '--json'));
  const failure = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual(
    [failure['event'], failure['code'], exitCode],
    ['failure', 'ECHOGRAM_ERR_PORT_CLOSED', 1],
  );
  assert.equal(stderr, `echogram: ${String(failure['message'])}\n`);
});

test('asks over IPv4 for -4', async (t) => {
  const peer = await UdpPeer.open(t);
  const client = runEchogram(t, ['send', '-4', '--port', String(peer.port), ...PATIENT]);
  const request = await peer.next();
  await peer.send(request.payload, request.port);
  assert.equal((await client).exitCode, 0);
});

test('asks over IPv6 for -6', { skip: needsIPv6() }, async (t) => {
  const peer = await UdpPeer.open(t, '::1');
  const asked = ['send', '-6', `[::1]:${peer.port}`];
  const args = [...asked, '--json', ...PATIENT];
  const client = runEchogram(t, args);
  const request = await peer.next();
  await peer.send(request.payload, request.port, '::1');
  const { stdout, exitCode } = await client;
  const reply = JSON.parse(stdout) as { from: unknown };
  assert.deepEqual([reply.from, exitCode], [{ address: '::1', port: peer.port }, 0]);
});

test('exits with 2 where the address is not of the version asked for', async (t) => {
  const { stdout, stderr, exitCode } = await runEchogram(t, ['send', '-6', '127.0.0.1']);
  assert.deepEqual([stdout, exitCode], ['', 2]);
  assert.equal(
    stderr,
    'echogram: cannot resolve host "127.0.0.1" over IPv6 (EAFNOSUPPORT); it is an IPv4 address; give an IPv6 address, or use IPv4\n',
  );
});

test('passes over a reply from any address but the one it asked', async (t) => {
  const asked = await UdpPeer.open(t);
  const otherPort = await UdpPeer.open(t);
  const client = runEchogram(t, asking(asked, 'who?'));
  const request = await asked.next();
  // It comes first, and so would be taken first.
  await otherPort.send('not me', request.port);
  await asked.send(request.payload, request.port);
  const { stdout, exitCode } = await client;
  assert.match(stdout, /^received "who\?"$/m);
  assert.equal(exitCode, 0);
});

test('exits with 1 where only another address answers', async (t) => {
  const asked = await UdpPeer.open(t);
  const otherPort = await UdpPeer.open(t);
  const client = runEchogram(t, asking(asked, 'who?', '--timeout', '100ms'));
  const request = await asked.next();
  await otherPort.send(request.payload, request.port);
  const { stdout, exitCode } = await client;
  assert.equal(stdout, 'sending "who?"\nwaiting to receive\nclosing socket\n');
  assert.equal(exitCode, 1);
});

test('exits with 1 where the reply differs, and says from which byte on', async (t) => {
  const peer = await UdpPeer.open(t);
  const client = runEchogram(t, asking(peer, 'hello'));
  const request = await peer.next();
  await peer.send('helmet!', request.port);
  const { stdout, stderr, exitCode } = await client;
  assert.match(stdout, /^received "helmet!"$/m);
  assert.equal(
    stderr,
    'echogram: the reply differs from the message at byte 3: 7 bytes came back for 5 sent; the target is not an echo server\n',
  );
  assert.equal(exitCode, 1);
});

test('exits with 1 for a closed port and says that nothing listens there', async (t) => {
  const port = await closedPort(t);
  const { stdout, stderr, exitCode } = await runEchogram(t, asking({ port }, 'hi'));
  assert.equal(stdout, 'sending "hi"\nwaiting to receive\nclosing socket\n');
  assert.equal(
    stderr,
    `echogram: nothing listens on 127.0.0.1 port ${port} (ICMP port unreachable from 127.0.0.1); start the server with \`echogram serve --port ${port}\`, or check the port\n`,
  );
  assert.equal(exitCode, 1);
});

for (const [ipVersion, address, limitBytes] of [
  // 65,535 − 20 (IPv4 header) − 8 (UDP header); IPv6 doesn't count its header: 65,535 − 8.
  [4, '127.0.0.1', 65_507],
  [6, '::1', 65_527],
] as const) {
  const skip = ipVersion === 6 && needsIPv6();

  test(
    `refuses a message over ${limitBytes} bytes over IPv${ipVersion} before it sends`,
    { skip },
    async (t) => {
      const peer = await UdpPeer.open(t, address);
      const args = ['send', address, '-', '--port', String(peer.port)];
      const client = await runEchogram(t, args, Buffer.alloc(limitBytes + 1));
      assert.deepEqual([client.stdout, client.exitCode], ['', 2]);
      // Before the host is known, no more is read than the longer of the two limits and a byte.
      const got = ipVersion === 4 ? '65508 bytes' : 'at least 65528 bytes';
      assert.equal(
        client.stderr,
        `echogram: the message must be at most ${limitBytes} bytes, the maximum for one datagram over IPv${ipVersion}, got ${got}; send it in parts\n`,
      );
      // Had it sent one, that would come before this.
      await peer.send('marker', peer.port, address);
      assert.equal((await peer.next()).payload.toString(), 'marker');
    },
  );

  test(`sends ${limitBytes} bytes over IPv${ipVersion} and gets them back`, { skip }, async (t) => {
    await using server = await serve({ host: address, port: 0 });
    const message = Buffer.alloc(limitBytes, 'echogram');
    const asked = ['send', address, '-', '--port', String(server.port)];
    const args = [...asked, '--json', ...PATIENT];
    const { stdout, exitCode } = await runEchogram(t, args, message);
    const reply = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual([reply['payloadBytes'], reply['matches'], exitCode], [limitBytes, true, 0]);
  });
}

test('ends with 1 for SIGINT while it waits', async (t) => {
  const peer = await UdpPeer.open(t);
  const client = startEchogram(t, asking(peer, 'hi', '--timeout', '1h'));
  await client.untilStdout(/waiting to receive\n/);
  client.child.kill('SIGINT');
  assert.deepEqual(await client.ended(), {
    stdout: 'sending "hi"\nwaiting to receive\nclosing socket\n',
    stderr: 'echogram: stopped before a reply arrived\n',
    exitCode: 1,
    signal: null,
  });
});

for (const [what, flags, line] of [
  [
    'bytes',
    [],
    'the message must be at most 65527 bytes, the maximum for one datagram over IPv6, got at least 65528 bytes; send it in parts',
  ],
  [
    'bytes over IPv4',
    ['-4'],
    'the message must be at most 65507 bytes, the maximum for one datagram over IPv4, got at least 65508 bytes; send it in parts',
  ],
  [
    'hexadecimal digits',
    ['--hex'],
    // Four characters for each of 65,527 bytes; 80 of them are shown.
    `the message with --hex must be at most 262108 characters long, got \`${'00'.repeat(40)}…\` (262109 characters)`,
  ],
] as const) {
  test(`stops reading ${what} from standard input where they have no end`, async (t) => {
    const client = startEchogram(t, ['send', 'localhost:9', '-', ...flags]);
    const { stdin } = client.child;
    const endless = setInterval(() => stdin?.write('0'.repeat(65_536)), 1);
    t.after(() => {
      clearInterval(endless);
    });
    assert.deepEqual(await client.ended(), {
      stdout: '',
      stderr: `echogram: ${line}\n`,
      exitCode: 2,
      signal: null,
    });
  });
}

test(
  'ends with 1 for SIGINT while it still reads standard input',
  { skip: needsProgram('mkfifo') },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'echogram-'));
    const path = join(folder, 'input');
    assert.equal(spawnSync('mkfifo', [path]).status, 0);
    // The reader's end is open for writing too, so that opening doesn't wait. The writer's is another,
    // as the client makes its own non-blocking.
    const input = await open(path, 'r+');
    const output = await open(path, 'w');
    const client = startEchogram(t, ['send', 'localhost', '-', '--hex'], {
      stdio: [input.fd, 'pipe', 'pipe'],
    });
    t.after(async () => {
      await input.close();
      await output.close();
      await rm(folder, { recursive: true });
    });
    // More than a pipe holds (64 KiB, pipe(7)) and less than is read: taken, it is being read.
    await deadline(
      output.writeFile(' '.repeat(200_000)),
      () => 'the client to read standard input',
    );
    client.child.kill('SIGINT');
    assert.deepEqual(await client.ended(), {
      stdout: '',
      stderr: 'echogram: stopped before a reply arrived\n',
      exitCode: 1,
      signal: null,
    });
  },
);

test('a variable of the environment stands for a flag, and the flag over it', async (t) => {
  const peer = await UdpPeer.open(t);
  const variables = { ECHOGRAM_SEND_PORT: String(peer.port), ECHOGRAM_SEND_TIMEOUT: '1ms' };
  const env = { ...process.env, ...variables, ECHOGRAM_PORT: 'no' };
  const client = startEchogram(t, ['send', '127.0.0.1', 'hello', ...PATIENT], { env });
  const request = await peer.next();
  await peer.send(request.payload, request.port);
  const { stdout, exitCode } = await client.ended();
  assert.match(stdout, /^received "hello"$/m);
  assert.equal(exitCode, 0);
});

test('a wrong variable is refused in one line under its name, with exit code 2', async (t) => {
  const env = { ...process.env, ECHOGRAM_SEND_PORT: '70000' };
  const { stdout, stderr, exitCode } = await startEchogram(t, ['send'], { env }).ended();
  assert.equal(
    stderr,
    'echogram: ECHOGRAM_SEND_PORT must be a whole number from 1 to 65535, got `70000`\n',
  );
  assert.deepEqual([stdout, exitCode], ['', 2]);
});
