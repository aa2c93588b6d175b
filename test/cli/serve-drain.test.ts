// echogram serve as a node of a mesh: who it says it is, and how it leaves.

import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test, type TestContext } from 'node:test';
import { VERSION } from '../../src/version.ts';
import { runEchogram, startServer, type Program } from '../helpers/programs.ts';
import { UdpPeer } from '../helpers/udp.ts';

interface Node {
  readonly server: Program;
  readonly port: number;
  /** Of the metrics. */
  readonly origin: string;
}

async function startNode(t: TestContext, ...args: readonly string[]): Promise<Node> {
  const local = ['--host', '127.0.0.1', '--metrics', '0'];
  const { server, port } = await startServer(t, ...local, ...args);
  const [, origin = ''] = await server.untilStderr(/metrics at (http:\S+)\/metrics\n/);
  return { server, port, origin };
}

async function readiness(origin: string): Promise<number> {
  return (await fetch(`${origin}/-/ready`)).status;
}

test('a server that drains answers on, and is not ready; a second signal ends it', async (t) => {
  const { server, port, origin } = await startNode(t, '--drain', '10m');
  assert.equal(await readiness(origin), 200);
  server.child.kill('SIGTERM');
  await server.untilStderr(/answering for 600 s more, and then stopping\n/);
  assert.equal(await readiness(origin), 503);
  assert.equal((await fetch(`${origin}/healthz`)).status, 200);
  const peer = await UdpPeer.open(t);
  await peer.send('still here?', port);
  assert.equal((await peer.next('an echo')).payload.toString(), 'still here?');
  server.child.kill('SIGTERM');
  const { exitCode, stderr } = await server.ended();
  assert.equal(exitCode, 0);
  assert.match(stderr, /received 1 datagram /);
});

test('a server that has drained ends by itself', async (t) => {
  const { server } = await startNode(t, '--drain', '50ms');
  server.child.kill('SIGTERM');
  const { exitCode, stderr } = await server.ended();
  assert.deepEqual([exitCode, stderr.includes('answering for 0.05 s more')], [0, true]);
});

test('SIGINT ends a server at once, and so does SIGTERM without --drain', async (t) => {
  for (const [args, signal] of [
    [['--drain', '10m'], 'SIGINT'],
    [[], 'SIGTERM'],
  ] as const) {
    const { server } = await startNode(t, ...args);
    server.child.kill(signal);
    const { exitCode, stderr } = await server.ended();
    assert.deepEqual([exitCode, stderr.includes('more, and then')], [0, false]);
  }
});

for (const [given, name, zone] of [
  [[], hostname(), null],
  [['name=node-1'], 'node-1', null],
  [['zone=eu-1a'], hostname(), 'eu-1a'],
  [['name=node-1,zone=eu-1a'], 'node-1', 'eu-1a'],
  [['name=node-1,zone='], 'node-1', null],
] as const) {
  test(`--identity ${given.join('')} names the node, its version and its services`, async (t) => {
    const { port, origin } = await startNode(t, '--stamp', '0', '--identity', ...given);
    const identity = (await (await fetch(`${origin}/identity`)).json()) as {
      readonly stamp: { readonly port: number };
    };
    const { stamp } = identity;
    assert.deepEqual(identity, { name, zone, version: VERSION, echo: { port }, stamp });
    assert.ok(stamp.port > 0);
  });
}

test('a server that was not asked to says nothing of itself', async (t) => {
  const { origin } = await startNode(t);
  assert.equal((await fetch(`${origin}/identity`)).status, 404);
});

for (const names of ['', 'name=', 'node-1', 'name=a,name=b', 'name=a b', 'port=7']) {
  test(`--identity "${names}" is refused`, async (t) => {
    const { exitCode, stderr } = await runEchogram(t, [
      'serve',
      '--metrics',
      '0',
      `--identity=${names}`,
    ]);
    assert.equal(exitCode, 2);
    assert.match(stderr, /--identity must be name=NAME,zone=ZONE, or one of them/);
  });
}
