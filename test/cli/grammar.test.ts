// Whom a command asks, by its first argument and --port: each form, and each that is refused.

import assert from 'node:assert/strict';
import test from 'node:test';
import { CLIENT_TRANSCRIPT, MESSAGE } from '../helpers/lesson.ts';
import { runEchogram, startEchogram } from '../helpers/programs.ts';
import { needsIPv6 } from '../helpers/skips.ts';
import { UdpPeer } from '../helpers/udp.ts';

const PATIENT = ['--timeout', '20s'];

type FormOf = (port: string) => readonly string[];

const IPV4_FORMS: readonly FormOf[] = [
  (port) => [`127.0.0.1:${port}`],
  (port) => ['127.0.0.1', '--port', port],
  (port) => ['127.0.0.1', '-p', port],
  (port) => ['-p', port, '127.0.0.1'],
  // Twice the same is no contradiction.
  (port) => [`127.0.0.1:${port}`, '-p', port],
];

const IPV6_FORMS: readonly FormOf[] = [
  (port) => [`[::1]:${port}`],
  (port) => ['::1', '-p', port],
  (port) => ['[::1]', '-p', port],
];

for (const [forms, address, skip] of [
  [IPV4_FORMS, '127.0.0.1', false],
  [IPV6_FORMS, '::1', needsIPv6()],
] as const) {
  for (const form of forms) {
    const shown = form('PORT').join(' ');

    test(`send ${shown} sends the lesson's message there`, { skip }, async (t) => {
      const peer = await UdpPeer.open(t, address);
      const client = runEchogram(t, ['send', ...form(String(peer.port)), ...PATIENT]);
      const request = await peer.next();
      assert.equal(request.payload.toString(), MESSAGE);
      await peer.send(request.payload, request.port, address);
      const { stdout, exitCode } = await client;
      assert.deepEqual([stdout, exitCode], [CLIENT_TRANSCRIPT, 0]);
    });

    test(`ping ${shown} measures there`, { skip }, async (t) => {
      const peer = await UdpPeer.open(t, address);
      const args = ['ping', ...form(String(peer.port)), '-c', '1', '--json', '-W', '20s'];
      const client = runEchogram(t, args);
      const request = await peer.next();
      await peer.send(request.payload, request.port, address);
      const { stdout, exitCode } = await client;
      const { target } = JSON.parse(stdout) as { target: { host: string; port: number } };
      assert.deepEqual([target.host, target.port, exitCode], [address, peer.port, 0]);
    });
  }
}

test('send HOST:PORT MESSAGE sends the message there', async (t) => {
  const peer = await UdpPeer.open(t);
  const client = runEchogram(t, ['send', `127.0.0.1:${peer.port}`, 'hello world', ...PATIENT]);
  const request = await peer.next();
  assert.equal(request.payload.toString(), 'hello world');
  await peer.send(request.payload, request.port);
  assert.equal((await client).exitCode, 0);
});

for (const command of ['send', 'ping'] as const) {
  test(`the port that ${command} names stands over a variable of the environment`, async (t) => {
    const peer = await UdpPeer.open(t);
    const env = { ...process.env, [`ECHOGRAM_${command.toUpperCase()}_PORT`]: '9' };
    const count = command === 'ping' ? ['-c', '1'] : [];
    const args = [command, `127.0.0.1:${peer.port}`, ...count, ...PATIENT];
    const client = startEchogram(t, args, { env });
    const request = await peer.next();
    await peer.send(request.payload, request.port);
    assert.equal((await client.ended()).exitCode, 0);
  });

  test(`${command} refuses two ports that contradict each other`, async (t) => {
    const args = [command, 'localhost:7000', '--port', '8000'];
    assert.deepEqual(await runEchogram(t, args), {
      stdout: '',
      stderr: 'echogram: --port must be left out, or 7000 as in localhost:7000, got `8000`\n',
      exitCode: 2,
      signal: null,
    });
  });

  for (const target of [
    ...['localhost:0', 'localhost:70000', 'localhost:', ':7000', '[::1', '[::1]7', '[localhost]:7'],
    ...['fe80::1%eth0:7000', '2001:db8:0:0:0:0:0:7:7000'],
  ]) {
    test(`${command} refuses the target ${target}`, async (t) => {
      const { stdout, stderr, exitCode } = await runEchogram(t, [command, target]);
      assert.equal(
        stderr,
        `echogram: the target must be HOST[:PORT] with a port from 1 to 65535, got \`${target}\`; write 192.0.2.7:7000 or [2001:db8::7]:7000\n`,
      );
      assert.deepEqual([stdout, exitCode], ['', 2]);
    });
  }
}

for (const [words, call] of [
  [['hello world'], 'localhost "hello world"'],
  [['hello!'], "localhost 'hello!'"],
  [['hello,', 'world'], 'localhost "hello, world"'],
  [['hello world', '192.0.2.7'], '192.0.2.7 "hello world"'],
  [['grüße'], 'localhost "grüße"'],
  [['42'], 'localhost 42'],
  [['-'], 'localhost -'],
  [[''], 'localhost ""'],
  [['--hex', 'de ad be ef'], '--hex localhost "de ad be ef"'],
] as const) {
  test(`send ${words.join(' ')} shows the call that sends the message`, async (t) => {
    const { stdout, stderr, exitCode } = await runEchogram(t, ['send', ...words]);
    const [first] = words.filter((word) => word !== '--hex');
    assert.equal(
      stderr,
      `echogram: the first argument must be HOST[:PORT], got \`${first}\`; to send it as a message: echogram send ${call}\n`,
    );
    assert.deepEqual([stdout, exitCode], ['', 2]);
  });
}

test('the call that is shown sends the message', async (t) => {
  const peer = await UdpPeer.open(t);
  const env = { ...process.env, ECHOGRAM_SEND_PORT: String(peer.port) };
  const client = startEchogram(t, ['send', '-4', 'localhost', 'hello world', ...PATIENT], { env });
  const request = await peer.next();
  assert.equal(request.payload.toString(), 'hello world');
  await peer.send(request.payload, request.port);
  assert.equal((await client.ended()).exitCode, 0);
});

test("a word that is no host's name may have been a message before its host", async (t) => {
  const { stderr, exitCode } = await runEchogram(t, ['send', 'x'.repeat(64), '192.0.2.7:7000']);
  assert.match(stderr, /; to send it as a message: echogram send 192\.0\.2\.7:7000 MESSAGE\n$/);
  assert.equal(exitCode, 2);
});

test("a word that is no host's name may have been a message", async (t) => {
  // A label is at most 63 octets long (RFC 1035 section 2.3.4), so that no resolver asks for it.
  const word = 'x'.repeat(64);
  const { stderr, exitCode } = await runEchogram(t, ['send', word]);
  assert.match(
    stderr,
    /^echogram: cannot resolve host "x{64}" \(\w+\); .*; to send it as a message: echogram send localhost MESSAGE\n$/,
  );
  assert.equal(exitCode, 2);
});

for (const [args, call] of [
  [['send', '--hex'], '--hex localhost "48 65 6c 6c 6f"'],
  [['send', '--hex', 'deadbeef'], '--hex localhost deadbeef'],
] as const) {
  test(`${args.join(' ')} needs a message`, async (t) => {
    const { stderr, exitCode } = await runEchogram(t, args);
    assert.equal(
      stderr,
      `echogram: --hex must be given with a message; to send it as a message: echogram send ${call}\n`,
    );
    assert.equal(exitCode, 2);
  });
}
