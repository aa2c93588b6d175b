// Which engine answers, why, and what becomes of a server on a machine that grants it little.

import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { SessionResult } from '../../src/index.ts';
import { HERE, JsonServer } from '../helpers/json-server.ts';
import { needsLinuxEngine } from '../helpers/linux.ts';
import { messagesOf } from '../helpers/messages.ts';
import { BIN, Program } from '../helpers/programs.ts';
import { repositoryPath } from '../helpers/repository.ts';
import { UdpPeer } from '../helpers/udp.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const skip = needsLinuxEngine();

const NODE_MAJOR = Number(process.versions.node.split('.')[0]);

/** Its name before and since it left the experiments (Node 22.13 knows both). */
const PERMISSION = NODE_MAJOR < 24 ? '--experimental-permission' : '--permission';

/** From Node 25 on the network needs a grant too. */
const NETWORK = NODE_MAJOR < 25 ? [] : ['--allow-net'];

/** A copy of the program as it is installed where the optional dependency could not be. */
function withoutKoffi(t: TestContext): string {
  const folder = temporaryFolder(t);
  cpSync(repositoryPath('dist'), join(folder, 'dist'), { recursive: true });
  cpSync(repositoryPath('package.json'), join(folder, 'package.json'));
  return join(folder, 'dist', 'cli', 'bin.cjs');
}

/** A port that nobody held a moment ago. */
async function freePort(t: TestContext): Promise<string> {
  const peer = await UdpPeer.open(t);
  const { port } = peer;
  await peer.close();
  return String(port);
}

const node = process.execPath;

for (const [what, commandFor, reason] of [
  ['without koffi', (t: TestContext) => [node, withoutKoffi(t)], /koffi, .* load \(Cannot find/],
  ['with --no-addons', () => [node, '--no-addons', BIN], /koffi, .* load \(Cannot load native/],
  [
    'where the permission model grants no addons',
    () => [node, PERMISSION, '--allow-fs-read=*', ...NETWORK, BIN],
    /koffi, .* load \(Cannot load native/,
  ],
  [
    'where the permission model grants no threads',
    () => [node, PERMISSION, '--allow-fs-read=*', '--allow-addons', ...NETWORK, BIN],
    /its threads don't start \(Error: Access to this API has been restricted/,
  ],
  [
    'where there are too few descriptors left for threads',
    () => ['sh', '-c', 'ulimit -n 100; exec "$0" "$@"', node, BIN],
    /its threads don't start \(Error.*EMFILE/,
  ],
] as const) {
  const many = ['--workers', '64', '--host', '127.0.0.1'];

  test(`${what}, the portable engine answers and says why, once`, { skip }, async (t) => {
    // A port given by number: what the Linux engine had bound would be in the way.
    const args = [...many, '--port', await freePort(t)];
    const server = await JsonServer.startAs(t, HERE, commandFor(t), ...args);
    assert.equal(server.listening.engine, 'portable');
    const peer = await UdpPeer.open(t);
    await peer.send('hello', server.port);
    assert.equal((await peer.next('the echo')).payload.toString(), 'hello');
    await server.stop();
    const lines = server.program.stderr
      .split('\n')
      .filter((line) => line.includes('portable engine'));
    const [first = '', second = '', ...more] = lines;
    assert.match(
      first,
      /^echogram: using the portable engine because the linux engine can't run: /,
    );
    assert.match(first, reason);
    assert.match(
      second,
      /^echogram: warning: 64 workers were requested, but the portable engine runs only one$/,
    );
    assert.deepEqual(more, []);
  });

  test(`${what}, --engine linux ends with exit code 2 and says why`, { skip }, async (t) => {
    const [command = '', ...rest] = commandFor(t);
    const args = ['serve', '--engine', 'linux', '--port', '0', ...many];
    const { exitCode, stdout, stderr } = await new Program(t, command, [...rest, ...args]).ended();
    assert.deepEqual([exitCode, stdout], [2, '']);
    // What Node itself says of its permission model stands before it.
    const lines = stderr.split('\n').filter((line) => line.startsWith('echogram: '));
    assert.equal(lines.length, 1, stderr);
    assert.match(lines[0]!, /^echogram: the linux engine can't run here: /);
    assert.match(lines[0]!, reason);
    assert.doesNotMatch(stderr, /^\s+at /m);
  });

  // Of probes only those without koffi: one needs no thread, and more need one.
  if (!reason.source.startsWith('koffi')) continue;
  for (const count of ['1', '2']) {
    test(`${what}, ping -c ${count} measures on the portable engine`, { skip }, async (t) => {
      const { port } = (await JsonServer.start(t, HERE)).listening;
      const [command = '', ...rest] = commandFor(t);
      const args = ['ping', `127.0.0.1:${port}`, '-c', count, '-i', '1ms', '--json'];
      const ping = new Program(t, command, [...rest, ...args]);
      const { exitCode, stdout, stderr } = await ping.ended();
      assert.equal(exitCode, 0, stderr);
      const { tool, datagrams } = JSON.parse(stdout) as SessionResult;
      assert.deepEqual([tool.engine, datagrams.received], ['portable', Number(count)]);
      assert.match(stderr, reason);
    });
  }
}

test(
  'with too few descriptors for its sockets it ends with one line and exit code 2',
  { skip },
  async (t) => {
    const limited = ['-c', 'ulimit -n 60; exec "$0" "$@"', node, BIN];
    const args = ['serve', '--port', '0', '--host', '127.0.0.1', '--workers', '64'];
    const { exitCode, stdout, stderr } = await new Program(t, 'sh', [...limited, ...args]).ended();
    assert.deepEqual([exitCode, stdout], [2, '']);
    assert.match(stderr, /^echogram: cannot bind 127\.0\.0\.1 port \d+: too many open files .*\n$/);
  },
);

test('an empty ECHOGRAM_SERVE_ENGINE is unset', { skip }, async (t) => {
  const server = await JsonServer.startAs(t, HERE, ['env', 'ECHOGRAM_SERVE_ENGINE=', node, BIN]);
  assert.equal(server.listening.engine, 'linux');
  await server.stop();
});

test(
  'ECHOGRAM_SERVE_ENGINE chooses the engine, and --engine has the last word',
  { skip },
  async (t) => {
    const command = ['env', 'ECHOGRAM_SERVE_ENGINE=portable', node, BIN];
    for (const [args, engine] of [
      [[], 'portable'],
      [['--engine', 'linux'], 'linux'],
    ] as const) {
      const server = await JsonServer.startAs(t, HERE, command, ...args);
      assert.equal(server.listening.engine, engine);
      await server.stop();
      // It was asked for, so there is nothing to explain.
      assert.match(messagesOf(server.program.stderr), /^echogram: received 0 datagrams .*\n$/);
    }
  },
);
