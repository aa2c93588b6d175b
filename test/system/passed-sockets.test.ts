// echogram serve on sockets that a service manager passes (sd_listen_fds(3)).

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { ping, serve } from '../../src/index.ts';
import { needsLinuxEngine } from '../helpers/linux.ts';
import { startPeer } from '../helpers/peers.ts';
import { ServiceManager } from '../helpers/service-manager.ts';
import { firstSkip, needsIPv6, needsLinux, needsProgram, type Skip } from '../helpers/skips.ts';
import { UdpPeer } from '../helpers/udp.ts';

const skip = firstSkip(needsLinux(), needsProgram('python3'));

const SKIPS: Readonly<Record<'linux' | 'portable', Skip>> = {
  linux: firstSkip(skip, needsLinuxEngine()),
  portable: skip,
};

const ENGINES = ['linux', 'portable'] as const;

const V4 = ['--udp', '127.0.0.1', '0'];

interface Listening {
  readonly host: string;
  readonly workers: number;
  readonly addresses: readonly { readonly address: string; readonly port: number }[];
  readonly services: readonly { readonly name: string; readonly port: number }[];
}

/** Starts a server on passed sockets, and resolves once it listens. */
async function start(
  t: TestContext,
  passed: readonly string[],
  ...args: readonly string[]
): Promise<{ manager: ServiceManager; listening: Listening }> {
  const manager = ServiceManager.start(t, passed, ['serve', '--json', ...args]);
  const [line] = await manager.program.untilStdout(/^.*"event":"listening".*$/m);
  return { manager, listening: JSON.parse(line) as Listening };
}

async function echo(t: TestContext, port: number, address = '127.0.0.1'): Promise<void> {
  const peer = await UdpPeer.open(t, address);
  await peer.send('passed', port, address);
  const reply = await peer.next('an echo');
  assert.deepEqual([reply.payload.toString(), reply.port], ['passed', port]);
}

for (const engine of ENGINES) {
  const options = { skip: firstSkip(SKIPS[engine], needsIPv6()) };
  test(`answers on each passed socket (${engine})`, options, async (t) => {
    const places = [...V4, ...V4, '--udp', '::1', '0'];
    const { manager, listening } = await start(t, places, '--engine', engine);
    const ports = await manager.ports();
    const addresses = ['127.0.0.1', '127.0.0.1', '::1'].map((address, at) => {
      return { address, port: ports[at]! };
    });
    assert.deepEqual(listening.addresses, addresses);
    assert.equal(listening.host, '127.0.0.1');
    for (const { address, port } of addresses) await echo(t, port, address);
    await manager.program.untilStderr(/answering on 3 sockets of the service manager\n/);
    manager.obey('signal SIGTERM');
    assert.equal(await manager.ended(), 0);
  });

  test(
    `a restart loses nothing of a hundred a second (${engine})`,
    { skip: SKIPS[engine] },
    async (t) => {
      const { manager } = await start(t, V4, '--engine', engine);
      const [port] = await manager.ports();
      const client = startPeer(
        t,
        'steady_client.py',
        ...['127.0.0.1', String(port), '100', '150', '64', '60'],
      );
      await client.untilStdout(/started/);
      manager.obey('restart');
      const { stdout, stderr } = await client.ended();
      assert.match(stdout, /\{"sent": 150, "received": 150\}/, stderr);
      assert.match(manager.program.stdout, /^\{"ended": 0\}$/m);
    },
  );

  const REFUSED = [
    ['tcp', 'a UDP socket, got a TCP socket; use ListenDatagram= in the socket unit'],
    ['unix', /a UDP socket, got a (?:Unix socket|socket that is unbound .*); use ListenDatagram=/],
    ['file', 'a UDP socket, got no socket; use ListenDatagram= in the socket unit'],
    [
      'connected',
      'an unconnected socket, got one that is connected to a peer; use ListenDatagram=',
    ],
    [
      'unbound',
      /bound to a port, got an unbound socket; bind it|got a socket that is unbound or of another/,
    ],
  ] as const;
  for (const [kind, message] of REFUSED) {
    test(`refuses a passed descriptor: ${kind} (${engine})`, { skip: SKIPS[engine] }, async (t) => {
      const args = ['serve', '--engine', engine];
      const manager = ServiceManager.start(t, [...V4, '--passed', kind], args);
      assert.equal(await manager.ended(), 2);
      const { stderr } = manager.program;
      const text = typeof message === 'string' ? message : message.source;
      assert.match(stderr, new RegExp(`^echogram: the passed descriptor 4 must be .*${text}`));
    });
  }
}

test('each of several sockets at one address has a worker', { skip: SKIPS.linux }, async (t) => {
  const passed = ['--reuse-port', ...V4, '--udp', '127.0.0.1', 'same', '--udp', '127.0.0.2', '0'];
  const { manager, listening } = await start(t, passed, '--workers', '5', '--host', '::1');
  assert.equal(listening.workers, 2);
  const [port, , other] = await manager.ports();
  assert.deepEqual(listening.addresses, [
    { address: '127.0.0.1', port },
    { address: '127.0.0.2', port: other },
  ]);
  await manager.program.untilStderr(
    /answering on 3 sockets of the service manager; not used: --host, --workers\n/,
  );
  // The kernel deals clients out: one of twenty lands on each but once in half a million runs.
  for (let client = 0; client < 20; client++) await echo(t, port!);
  await echo(t, other!, '127.0.0.2');
});

test(
  'a wildcard socket replies from the address that was asked',
  { skip: SKIPS.linux },
  async (t) => {
    const { manager } = await start(t, ['--udp', '0.0.0.0', '0'], '--engine', 'linux');
    const [port] = await manager.ports();
    const peer = await UdpPeer.open(t);
    await peer.send('where?', port!, '127.0.0.9');
    assert.equal((await peer.next('an echo')).address, '127.0.0.9');
  },
);

test('nobody else can bind the port of a passed socket', { skip: SKIPS.linux }, async (t) => {
  const { manager } = await start(t, ['--reuse-address', ...V4], '--engine', 'linux');
  const [port] = await manager.ports();
  const { stderr } = await startPeer(t, 'bind_reusing.py', '127.0.0.1', String(port)).ended();
  assert.match(stderr, /Address already in use/);
});

test('the portable engine refuses a wildcard', { skip }, async (t) => {
  const args = ['serve', '--engine', 'portable'];
  const manager = ServiceManager.start(t, ['--udp', '0.0.0.0', '0'], args);
  assert.equal(await manager.ended(), 2);
  assert.match(
    manager.program.stderr,
    /the passed descriptor 3 must be bound to one address, because the portable engine .*, got 0\.0\.0\.0 port \d+; .*use the linux engine\n$/,
  );
});

test('an IPv6 socket that receives IPv4 too is refused', { skip: SKIPS.linux }, async (t) => {
  const manager = ServiceManager.start(t, ['--passed', 'dual'], ['serve', '--engine', 'linux']);
  assert.equal(await manager.ended(), 2);
  assert.match(
    manager.program.stderr,
    /the passed descriptor 3 must be for one IP version, got :: port \d+ for both; set BindIPv6Only=ipv6-only .*\n$/,
  );
});

for (const engine of ENGINES) {
  test(`a socket named stamp is for STAMP (${engine})`, { skip: SKIPS[engine] }, async (t) => {
    const passed = [...V4, ...V4, '--names', 'echogram.socket:stamp'];
    const { manager, listening } = await start(t, passed, '--stamp', '--engine', engine);
    const [echoPort, stampPort] = await manager.ports();
    assert.deepEqual(
      listening.services.map(({ name, port }) => [name, port]),
      [
        ['echo', echoPort],
        ['stamp', stampPort],
      ],
    );
    const asked = { host: '127.0.0.1', port: stampPort!, protocol: 'stamp', count: 1 } as const;
    const { datagrams } = await ping(asked);
    assert.equal(datagrams.received, 1);
  });
}

const WRONG: readonly (readonly [string, readonly string[], readonly string[], RegExp])[] = [
  [
    'a socket for STAMP, which is off',
    [...V4, ...V4, '--names', 'a:stamp'],
    [],
    /--stamp must be given together with a passed socket named stamp, or neither; add --stamp/,
  ],
  [
    'no socket for STAMP',
    V4,
    ['--stamp'],
    /--stamp must be .*; name one with FileDescriptorName=stamp in its socket unit/,
  ],
  [
    'none for the echo',
    [...V4, '--names', 'stamp'],
    ['--stamp'],
    /LISTEN_FDNAMES must be a list with a name other than stamp, for the echo, got `stamp`/,
  ],
  [
    'no number',
    [...V4, '--listen-fds', 'two'],
    [],
    /LISTEN_FDS must be a whole number from 0 to 1024, got `two`/,
  ],
  [
    'a descriptor that is not open',
    [...V4, '--listen-fds', '9'],
    [],
    /the passed descriptor \d+ must be a UDP socket, got (?:a closed descriptor|no socket)/,
  ],
];
for (const [what, passed, args, message] of WRONG) {
  test(`refuses ${what}`, { skip }, async (t) => {
    const manager = ServiceManager.start(t, passed, ['serve', ...args]);
    assert.equal(await manager.ended(), 2);
    assert.match(manager.program.stderr, message);
  });
}

test('sockets that are meant for another process are not touched', { skip }, async (t) => {
  const { listening } = await start(t, [...V4, '--listen-pid', '1'], '--port', '0');
  assert.equal(listening.host, 'localhost');
});

test('the library refuses a place beside sockets, and a part of the services', async () => {
  const wrong = [
    [{ fds: [3], port: 7 }, 'port must be undefined if sockets are given as fds'],
    [{ fds: [3], host: '::' }, 'host must be undefined'],
    [{ fds: [3], workers: 2 }, 'workers must be undefined'],
    [{ fds: [3], stamp: { port: 862, fds: [4] } }, 'stamp.port must be undefined'],
    [{ fds: [3], stamp: true }, 'stamp.fds must be given if fds is, and only then'],
    [{ stamp: { fds: [3] } }, 'stamp.fds must be given if fds is, and only then'],
    [{ fds: [] }, 'fds must be a list of one or more different descriptors'],
    [{ fds: [3, 3] }, 'fds must be a list of one or more different descriptors'],
    [{ fds: [0] }, 'fds must be a list'],
  ] as const;
  for (const [options, message] of wrong) {
    await assert.rejects(serve(options), (error: Error) => {
      assert.ok(error.message.startsWith(message), error.message);
      return true;
    });
  }
});
