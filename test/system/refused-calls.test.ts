// Each system call and socket option of the Linux engine refused, one after the other, as by seccomp, gVisor
// or an old kernel: `auto` goes on and says how, `linux` says why not, and nothing is mute or hangs.

import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { SessionResult } from '../../src/index.ts';
import { HERE, JsonServer } from '../helpers/json-server.ts';
import { needsLinuxEngine } from '../helpers/linux.ts';
import { peerPath } from '../helpers/peers.ts';
import { BIN, Program, type Ending } from '../helpers/programs.ts';
import { firstSkip, needsProgram } from '../helpers/skips.ts';
import { UdpPeer } from '../helpers/udp.ts';

const skip = firstSkip(needsLinuxEngine(), needsProgram('python3'), needsProgram('strace'));

type Engine = 'linux' | 'portable';

interface Case {
  /** A rule of test/peers/refuse.py. */
  readonly rule: string;
  /** The engine that `auto` then takes for each. */
  readonly server: Engine;
  readonly client: Engine;
  readonly serverFlags?: readonly string[];
}

const SOL_SOCKET = 'setsockopt:1=1,2=';
const SOL_IP = 'setsockopt:1=0,2=';
const SOL_UDP = 'setsockopt:1=17,2=';

/** Numbers of asm-generic/socket.h, linux/in.h and linux/udp.h. */
const CASES: Readonly<Record<string, Case>> = {
  recvmmsg: { rule: 'recvmmsg', server: 'portable', client: 'portable' },
  sendmmsg: { rule: 'sendmmsg', server: 'portable', client: 'portable' },
  ppoll: { rule: 'ppoll', server: 'portable', client: 'portable' },
  clock_adjtime: { rule: 'clock_adjtime', server: 'linux', client: 'linux' },
  prctl: { rule: 'prctl', server: 'linux', client: 'linux' },
  getsockopt: { rule: 'getsockopt', server: 'linux', client: 'linux' },
  setsockopt: { rule: 'setsockopt', server: 'portable', client: 'portable' },
  SO_MEMINFO: { rule: 'getsockopt:1=1,2=55', server: 'linux', client: 'linux' },
  SO_RCVBUF: { rule: `${SOL_SOCKET}8`, server: 'linux', client: 'linux' },
  SO_SNDBUF: { rule: `${SOL_SOCKET}7`, server: 'linux', client: 'linux' },
  SO_REUSEPORT: {
    rule: `${SOL_SOCKET}15`,
    server: 'portable',
    client: 'linux',
    serverFlags: ['--workers', '2'],
  },
  SO_TIMESTAMPNS: {
    rule: `${SOL_SOCKET}35`,
    server: 'portable',
    client: 'linux',
    serverFlags: ['--stamp', '0'],
  },
  SO_TIMESTAMPING: { rule: `${SOL_SOCKET}37`, server: 'linux', client: 'linux' },
  SO_RXQ_OVFL: { rule: `${SOL_SOCKET}40`, server: 'linux', client: 'linux' },
  IP_TOS: { rule: `${SOL_IP}1`, server: 'linux', client: 'linux' },
  IP_TTL: {
    rule: `${SOL_IP}2`,
    server: 'portable',
    client: 'linux',
    serverFlags: ['--stamp', '0'],
  },
  IP_PKTINFO: { rule: `${SOL_IP}8`, server: 'portable', client: 'linux' },
  IP_RECVERR: { rule: `${SOL_IP}11`, server: 'linux', client: 'portable' },
  IP_RECVTTL: {
    rule: `${SOL_IP}12`,
    server: 'portable',
    client: 'linux',
    serverFlags: ['--stamp', '0'],
  },
  IP_RECVTOS: {
    rule: `${SOL_IP}13`,
    server: 'portable',
    client: 'linux',
    serverFlags: ['--mirror-tos'],
  },
  UDP_SEGMENT: { rule: `${SOL_UDP}103`, server: 'linux', client: 'linux' },
  UDP_GRO: { rule: `${SOL_UDP}104`, server: 'linux', client: 'linux' },
};

const ERRORS = ['ENOSYS', 'EPERM', 'EINVAL', 'ENOPROTOOPT'] as const;

/** Node's pipes to a child are sockets, on which the child's Node asks what they are: these are pipes. */
const WITH_PIPES = ['bash', '-c', 'exec "$@" > >(cat) 2> >(cat >&2)', '_'];

function refused(rule: string, error: string): readonly string[] {
  const refuse = ['python3', peerPath('refuse.py'), `${rule}=${error}`];
  return [...WITH_PIPES, ...refuse, process.execPath, BIN];
}

async function run(
  t: TestContext,
  command: readonly string[],
  ...args: readonly string[]
): Promise<Ending> {
  const [name = '', ...rest] = command;
  return await new Program(t, name, [...rest, ...args]).ended();
}

/** What is said of the engine that was not taken: one line where another was, which names the error. */
function assertReason(stderr: string, engine: Engine, error: string): void {
  const lines = stderr.split('\n').filter((line) => line.includes("the linux engine can't run: "));
  assert.equal(lines.length, engine === 'portable' ? 1 : 0, stderr);
  if (engine === 'portable') assert.match(lines[0]!, new RegExp(`\\(${error}\\)$`));
  assert.doesNotMatch(stderr, /report it|^\s+at /m);
}

const PING = ['-c', '2', '-i', '10ms', '-W', '20s', '--json'];

async function autoGoesOn(t: TestContext, one: Case, error: string): Promise<void> {
  const command = refused(one.rule, error);
  const flags = ['--host', '0.0.0.0', '--limit', '0', ...(one.serverFlags ?? [])];
  const server = await JsonServer.startAs(t, HERE, command, ...flags);
  assert.equal(server.listening.engine, one.server);
  const peer = await UdpPeer.open(t);
  await peer.send('hello', server.port);
  assert.equal((await peer.next('an echo')).payload.toString(), 'hello');

  const { exitCode, stdout, stderr } = await run(
    ...[t, command, 'ping', `127.0.0.1:${server.port}`, ...PING],
  );
  assert.equal(exitCode, 0, stderr);
  const result = JSON.parse(stdout) as SessionResult;
  assert.deepEqual([result.tool.engine, result.datagrams.received], [one.client, 2]);
  assertReason(stderr, one.client, error);
  await server.stop();
  assertReason(server.program.stderr, one.server, error);
}

async function linuxSaysWhyNot(t: TestContext, one: Case): Promise<void> {
  const command = refused(one.rule, 'EPERM');
  const why = /^echogram: the linux engine can't run here: the system refuses .* \(EPERM\); /;
  const flags = ['--host', '0.0.0.0', '--port', '0', ...(one.serverFlags ?? [])];
  const asked: [Engine, string[]][] = [
    [one.server, ['serve', ...flags]],
    [one.client, ['ping', '127.0.0.1:9', ...PING]],
  ];
  for (const [engine, args] of asked) {
    if (engine === 'linux') continue;
    const { exitCode, stdout, stderr } = await run(t, command, ...args, '--engine', 'linux');
    assert.deepEqual([exitCode, stdout], [2, ''], stderr);
    assert.match(stderr, why);
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
  }
}

describe('a refused call', { concurrency: 4, skip }, () => {
  for (const [name, one] of Object.entries(CASES)) {
    for (const error of ERRORS) {
      test(`${error} for ${name}: auto goes on`, { skip }, async (t) => {
        await autoGoesOn(t, one, error);
      });
    }
    test(`${name}: linux says why not, where it can't do without`, { skip }, async (t) => {
      await linuxSaysWhyNot(t, one);
    });
  }

  for (const rule of ['socket:0=2', 'bind', 'getsockname', 'connect', 'sendmsg', 'recvmsg']) {
    for (const engine of ['auto', 'linux', 'portable']) {
      test(`${rule}: ping ends with a line or a result (${engine})`, { skip }, async (t) => {
        const server = await JsonServer.start(t, HERE, '--host', '127.0.0.1');
        const command = refused(rule, 'EPERM');
        const args = ['ping', `127.0.0.1:${server.port}`, ...PING, '--engine', engine];
        const { exitCode, stderr } = await run(t, command, ...args);
        assert.ok(exitCode === 0 || exitCode === 2, stderr);
        assert.doesNotMatch(stderr, /report it|^\s+at /m);
        if (exitCode === 2) assert.match(stderr, /EPERM/);
      });
    }
  }

  for (const rule of ['socket:0=2', 'connect', 'recvmsg']) {
    test(`${rule}: send ends with a line that names the error`, { skip }, async (t) => {
      const server = await JsonServer.start(t, HERE, '--host', '127.0.0.1');
      const args = ['send', `127.0.0.1:${server.port}`, '--timeout', '9s'];
      const { exitCode, stderr } = await run(t, refused(rule, 'ENOSYS'), ...args);
      assert.equal(exitCode, 2, stderr);
      assert.match(stderr, /^echogram: cannot send .*\(ENOSYS\).*\n$/);
    });
  }

  for (const rule of ['socket:0=2', 'bind', 'getsockname']) {
    for (const engine of ['auto', 'linux', 'portable']) {
      test(`${rule}: serve ends with a line (${engine})`, { skip }, async (t) => {
        const args = ['serve', '--port', '0', '--host', '127.0.0.1', '--engine', engine];
        const { exitCode, stderr } = await run(t, refused(rule, 'EPERM'), ...args);
        assert.equal(exitCode, 2, stderr);
        assert.match(stderr, /^echogram: .*EPERM.*\n$/);
        assert.doesNotMatch(stderr, /report it/);
      });
    }
  }
});

/** What fails only once the measurement runs. */
for (const injection of [
  'recvmmsg:error=ENOMEM:when=8+',
  'ppoll:error=ENOMEM:when=4+',
  'recvmmsg:error=ENOSYS:when=8+',
  'ppoll:error=EBADF:when=4+',
]) {
  test(`${injection}: ping ends, and obeys SIGINT`, { skip }, async (t) => {
    const server = await JsonServer.start(t, HERE, '--host', '127.0.0.1');
    const [call = ''] = injection.split(':');
    const traced = ['-D', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`];
    const ping = [process.execPath, BIN, 'ping', `127.0.0.1:${server.port}`, '--engine', 'linux'];
    const args = [...traced, '-e', `inject=${injection}`, ...ping, '-i', '50ms', '-W', '200ms'];
    const counted = await new Program(t, 'strace', [...args, '-c', '5']).ended();
    assert.doesNotMatch(counted.stderr, /report it/);
    const endless = new Program(t, 'strace', args);
    await endless.untilStdout(/^PING/m);
    endless.child.kill('SIGINT');
    assert.notEqual((await endless.ended()).exitCode, null);
  });
}
