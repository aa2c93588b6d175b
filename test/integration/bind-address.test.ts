// ping() and send() from an address and a port of this host that their caller chose.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { OptionError, ping, send, type PingOptions, type SessionResult } from '../../src/index.ts';
import { ENGINES } from '../helpers/engines.ts';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { runEchogram } from '../helpers/programs.ts';
import { firstSkip, needsIPv6, needsLinux } from '../helpers/skips.ts';
import { UdpPeer } from '../helpers/udp.ts';

/** Only Linux has all of 127.0.0.0/8 without being told. */
const needsLoopbackNetwork = needsLinux();

/** RFC 5737: no host has it. */
const NOWHERE = '192.0.2.7';

/** A port that was free a moment ago. */
async function freePort(t: TestContext, address: string): Promise<number> {
  const peer = await UdpPeer.open(t, address);
  const { port } = peer;
  await peer.close();
  return port;
}

/** A measurement of a peer that answers each probe, and who the probes came from. */
async function pingedFrom(
  t: TestContext,
  options: Partial<PingOptions>,
  target = '127.0.0.1',
): Promise<{ readonly result: SessionResult; readonly sources: ReadonlySet<string> }> {
  const peer = await UdpPeer.open(t, target);
  const sources = new Set<string>();
  peer.socket.on('message', (payload, { address, port }) => {
    sources.add(`${address} ${port}`);
    peer.socket.send(payload, port, address);
  });
  const host = target;
  const result = await ping({ host, port: peer.port, count: 4, intervalMs: 5, ...options });
  return { result, sources };
}

for (const { engine, skip: without } of ENGINES) {
  const skip = firstSkip(without, needsLoopbackNetwork);

  test(
    `probes leave from the address and the port that were chosen (${engine})`,
    { skip },
    async (t) => {
      const port = await freePort(t, '127.0.0.2');
      const bind = `127.0.0.2:${port}`;
      const { result, sources } = await pingedFrom(t, { engine, bind });
      assert.deepEqual([...sources], [`127.0.0.2 ${port}`]);
      assert.equal(result.datagrams.received, 4);
      assert.equal(result.supplied['bind'], bind);
    },
  );

  test(`an address alone goes with several source ports (${engine})`, { skip }, async (t) => {
    const { sources } = await pingedFrom(t, { engine, bind: '127.0.0.2', flows: 4 });
    assert.deepEqual(
      new Set([...sources].map((source) => source.split(' ')[0])),
      new Set(['127.0.0.2']),
    );
    assert.equal(sources.size, 4);
  });

  test(
    `an IPv6 address is chosen in brackets, with its port (${engine})`,
    { skip: firstSkip(without, needsIPv6()) },
    async (t) => {
      const port = await freePort(t, '::1');
      const { sources } = await pingedFrom(t, { engine, bind: `[::1]:${port}` }, '::1');
      assert.deepEqual([...sources], [`::1 ${port}`]);
    },
  );

  test(
    `of a host's addresses those of the same IP version are asked (${engine})`,
    { skip },
    async (t) => {
      const { result } = await pingedFrom(t, { engine, host: 'localhost', bind: '127.0.0.2' });
      assert.equal(result.target.address, '127.0.0.1');
    },
  );

  for (const [what, bind, message] of [
    [
      "an address that is not this host's",
      () => NOWHERE,
      /^cannot bind 192\.0\.2\.7 port 0: this host does not have that address.*\(EADDRNOTAVAIL\)/,
    ],
    [
      'a busy port',
      (port: number) => `127.0.0.2:${port}`,
      /^cannot bind 127\.0\.0\.2 port \d+: the port is in use \(EADDRINUSE\)/,
    ],
    [
      'an address of another IP version',
      () => '::1',
      /^bind must be an IPv4 address, as the target is \(127\.0\.0\.1\), got `::1`$/,
    ],
  ] as const) {
    test(`${what} is refused in plain words (${engine})`, { skip }, async (t) => {
      const { port: busy } = await UdpPeer.open(t, '127.0.0.2');
      const asked = pingedFrom(t, { engine, bind: bind(busy) });
      await assert.rejects(asked, { message });
    });
  }

  test(`a probe is not sent to where it comes from (${engine})`, { skip }, async () => {
    const options = { engine, host: '127.0.0.1', port: 10_007, bind: '127.0.0.1:10007' } as const;
    await assert.rejects(ping({ ...options, count: 1 }), {
      message: 'bind must be another address or port than the target, got `127.0.0.1:10007`',
    });
  });
}

test('several source ports do not go with one port', async () => {
  const asked = ping({ host: '127.0.0.1', bind: '127.0.0.1:5000', flows: 2 });
  await assert.rejects(asked, (error) => {
    assert.ok(OptionError.is(error));
    assert.equal(
      error.message,
      'bind must be an address without a port if there are 2 source ports, got `127.0.0.1:5000`; remove the port, or use a single source port',
    );
    return true;
  });
});

test(
  'a message leaves from the address and the port that were chosen',
  { skip: needsLoopbackNetwork },
  async (t) => {
    const peer = await UdpPeer.open(t);
    const port = await freePort(t, '127.0.0.2');
    const asked = send('hello', { host: '127.0.0.1', port: peer.port, bind: `127.0.0.2:${port}` });
    const { payload, ...from } = await peer.next();
    await peer.send(payload, from.port, from.address);
    assert.deepEqual(from, { address: '127.0.0.2', port });
    assert.equal((await asked).matches, true);
  },
);

for (const command of ['ping', 'send'] as const) {
  for (const [flags, line] of [
    [
      ['--bind', 'eth0'],
      /^echogram: --bind must be ADDRESS\[:PORT\] with an IP address of this host and a port from 0 to 65535, got `eth0`; write 192\.0\.2\.7,/,
    ],
    [
      ['--bind', '127.0.0.1:70000'],
      /^echogram: --bind must be ADDRESS.*, got `127\.0\.0\.1:70000`/,
    ],
    [['--bind', '224.0.0.1'], /^echogram: --bind must be ADDRESS.*, got `224\.0\.0\.1`/],
    [
      ['--bind', '::1'],
      /^echogram: --bind must be an IPv4 address, as the target is \(127\.0\.0\.1\), got `::1`\n$/,
    ],
    [
      ['--bind', NOWHERE],
      /^echogram: cannot bind 192\.0\.2\.7 port 0: this host does not have that address/,
    ],
  ] as const) {
    test(`echogram ${command} ${flags.join(' ')} ends with exit code 2 and one line`, async (t) => {
      await using echo = await PlainEcho.open();
      const target =
        command === 'ping'
          ? [`127.0.0.1:${echo.port}`, '-c', '1']
          : [`127.0.0.1:${echo.port}`, 'hello'];
      const { stderr, exitCode } = await runEchogram(t, [command, ...target, ...flags]);
      assert.match(stderr, line);
      assert.match(stderr, /^[^\n]+\n$/);
      assert.equal(exitCode, 2);
    });
  }
}

test('--bind with a port and --flows are refused as flags', async (t) => {
  const flags = ['--bind', '127.0.0.1:5000', '--flows', '2'];
  const { stderr, exitCode } = await runEchogram(t, ['ping', '127.0.0.1', ...flags]);
  assert.match(
    stderr,
    /^echogram: --bind must be an address without a port if there are 2 source ports, got `127\.0\.0\.1:5000`;/,
  );
  assert.equal(exitCode, 2);
});

test(
  'a loopback address is refused for another host',
  { skip: needsLoopbackNetwork },
  async (t) => {
    const { stderr, exitCode } = await runEchogram(t, ['send', NOWHERE, '--bind', '127.0.0.2']);
    // Without a route to anywhere the system says that instead.
    assert.match(
      stderr,
      /^echogram: (?:--bind must be an address from which 192\.0\.2\.7 can be reached, got `127\.0\.0\.2`|cannot send .*ENETUNREACH.*)\n$/,
    );
    assert.equal(exitCode, 2);
  },
);
