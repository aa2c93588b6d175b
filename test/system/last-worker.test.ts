// A server that nobody is left in says so, sums up and ends with 2; what passes is no death.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { serve } from '../../src/index.ts';
import { deadline, until } from '../helpers/deadline.ts';
import { HERE, JsonServer } from '../helpers/json-server.ts';
import { descriptorsOf, libc, needsLinuxEngine } from '../helpers/linux.ts';
import { peerPath } from '../helpers/peers.ts';
import { BIN, Program } from '../helpers/programs.ts';
import { firstSkip, needsProgram } from '../helpers/skips.ts';
import { UdpPeer } from '../helpers/udp.ts';

const skip = firstSkip(needsLinuxEngine(), needsProgram('strace'), needsProgram('python3'));

/** Starts a command under strace, which makes system calls of each thread fail as told. */
function straced(injections: readonly string[]): readonly string[] {
  const injected = injections.flatMap((injection) => ['-e', `inject=${injection}`]);
  const calls = injections.map((injection) => injection.split(':')[0] ?? '').join(',');
  return [
    // -D: the program is the child, and gets the signals.
    ...['strace', '-D', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`, ...injected],
    ...[process.execPath, BIN],
  ];
}

/** Sends until the server has ended: each datagram may wake another worker to its death. */
async function knock(t: TestContext, port: number, program: Program): Promise<void> {
  const peer = await UdpPeer.open(t);
  const deaths = (): number => program.stderr.split(' died ').length;
  const hasEnded = (): boolean => program.child.exitCode !== null;
  while (!hasEnded()) {
    const before = deaths();
    await until(async () => {
      if (!hasEnded()) await peer.send('knock', port);
      return hasEnded() || deaths() > before;
    }, 'another worker to die, or the server to end');
  }
}

for (const [what, extra] of [
  ['one worker', []],
  ['three workers', ['--workers', '3']],
  ['metrics on', ['--metrics', '0']],
] as const) {
  test(
    `with ${what}, the death of the last is told, summed up and exit code 2`,
    { skip },
    async (t) => {
      const { program, port } = await JsonServer.startAs(
        ...[t, HERE, straced(['recvmmsg:error=EBADF:when=2+'])],
        ...['--engine', 'linux', '--host', '127.0.0.1', ...extra],
      );
      await knock(t, port, program);
      const { exitCode, stdout, stderr } = await program.ended();
      assert.equal(exitCode, 2, stderr);
      const lines = stderr.trimEnd().split('\n');
      assert.match(
        lines.at(-1) ?? '',
        /^echogram: the server stopped because it can no longer answer: worker \d died \(Error: recvmmsg EBADF\) for the 6th time in a minute \(linux engine\)$/,
      );
      assert.match(lines.at(-2) ?? '', /^echogram: received \d+ datagrams? .*receive errors/);
      assert.match(stdout.trimEnd().split('\n').at(-1) ?? '', /^\{"event":"closed"/);
      const claims = lines.filter((line) =>
        /the remaining (?:worker answers|\d+ answer) its clients/.test(line),
      );
      assert.equal(claims.length, what === 'three workers' ? 2 : 0, stderr);
    },
  );
}

for (const [call, error] of [
  ['ppoll', 'ENOMEM'],
  ['ppoll', 'EINTR'],
  ['recvmmsg', 'ENOMEM'],
  ['recvmmsg', 'ENOBUFS'],
  ['recvmmsg', 'EINTR'],
] as const) {
  test(`${error} of ${call}, again and again, is no death of a worker`, { skip }, async (t) => {
    // Each second call: three in a row would be one row of failures too.
    const injection = `${call}:error=${error}:when=2+2`;
    const args = ['--engine', 'linux', '--host', '127.0.0.1'];
    const server = await JsonServer.startAs(t, HERE, straced([injection]), ...args);
    const peer = await UdpPeer.open(t);
    for (let round = 0; round < 20; round++) {
      await peer.send(`round ${round}`, server.port);
      assert.equal((await peer.next('an echo')).payload.toString(), `round ${round}`);
    }
    server.signal('SIGTERM');
    const { exitCode, stderr } = await server.program.ended();
    assert.equal(exitCode, 0, stderr);
    assert.doesNotMatch(stderr, /died/);
    if (error !== 'EINTR') assert.match(stderr, /\d+ receive errors?/);
  });
}

test('waits that fail one and all still answer, and still end', { skip }, async (t) => {
  const args = ['--engine', 'linux', '--host', '127.0.0.1'];
  // The first of a thread works: of the main thread, which tries whether it may.
  const command = straced(['ppoll:error=ENOMEM:when=2+']);
  const server = await JsonServer.startAs(t, HERE, command, ...args);
  const peer = await UdpPeer.open(t);
  await peer.send('hello', server.port);
  assert.equal((await peer.next('an echo')).payload.toString(), 'hello');
  server.signal('SIGTERM');
  assert.equal((await server.program.ended()).exitCode, 0);
});

test(
  'a portable socket whose receive calls fail for good ends the server too',
  { skip },
  async (t) => {
    const { program, port } = await JsonServer.startAs(
      ...[t, HERE, ['python3', peerPath('refuse.py'), 'recvmsg=ENOSYS', process.execPath, BIN]],
      ...['--engine', 'portable', '--host', '127.0.0.1'],
    );
    await knock(t, port, program);
    const { exitCode, stderr } = await program.ended();
    assert.equal(exitCode, 2, stderr);
    const last = `the server stopped because it can no longer answer: the socket at 127.0.0.1 port ${port} failed (ENOSYS) (portable engine)`;
    assert.equal(stderr.trimEnd().split('\n').at(-1), `echogram: ${last}`);
  },
);

test("a library's server that nothing is left of ends by itself", { skip }, async (t) => {
  const server = await serve({ host: '127.0.0.1', port: 0, engine: 'linux' });
  const events: string[] = [];
  for (const type of ['error', 'close'] as const) server.on(type, () => events.push(type));
  const [fd] = descriptorsOf(server.port);
  const peer = await UdpPeer.open(t);
  libc.close(fd!);
  // The worker waits in ppoll, which keeps what it waits for: this wakes it.
  await peer.send('knock', server.port);
  const closed = deadline(server.closed, () => 'the server to end');
  await assert.rejects(closed, { code: 'ECHOGRAM_ERR_SERVER_FAILED' });
  assert.deepEqual(events, ['error', 'close']);
  assert.equal(server.health.isHealthy, false);
  await server.close();
});
