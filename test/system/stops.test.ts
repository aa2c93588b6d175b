// A stop while the program waits for something that no call of Node's can end: a name server that never
// answers, the other end of a pipe.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { until } from '../helpers/deadline.ts';
import { BIN, startEchogram } from '../helpers/programs.ts';
import { startWithSilentNameServer } from '../helpers/silent-name-server.ts';
import { firstSkip, needsLinux, needsNamespaces, needsProgram } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { UdpPeer } from '../helpers/udp.ts';

const skip = firstSkip(needsNamespaces(), needsProgram('python3'));

const NOT_BEGUN = 'echogram: stopped before the first probe: nothing was measured\n';
const NOT_ANSWERED = 'echogram: stopped before a reply arrived\n';

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  for (const [args, said] of [
    [['ping', 'nobody.example', '--json'], NOT_BEGUN],
    [['ping', 'nobody.example', '--engine', 'portable'], NOT_BEGUN],
    [['send', 'nobody.example', 'hello'], NOT_ANSWERED],
    [['serve', '--host', 'nobody.example'], 'echogram: stopped before it was listening\n'],
  ] as const) {
    test(`${signal} ends ${args.join(' ')} while the name is looked up`, { skip }, async (t) => {
      const command = [process.execPath, BIN, ...args];
      const { program, untilAsked } = await startWithSilentNameServer(t, ...command);
      await untilAsked();
      program.child.kill(signal);
      const ending = await program.ended();
      assert.deepEqual([ending.stderr, ending.signal], [said, signal]);
    });
  }
}

test('a library abort rejects while the name is looked up', { skip }, async (t) => {
  const library = pathToFileURL(join(BIN, '../../index.js')).href;
  const script = `
    import { ping, send, serve } from '${library}';
    const stop = new AbortController();
    const host = 'nobody.example';
    const all = [ping, (options) => send('hi', options), serve].map((start) =>
      start({ host, signal: stop.signal }));
    process.stdin.once('data', () => stop.abort(new Error('the reason')));
    for (const one of await Promise.allSettled(all)) console.log(one.reason.message);
    process.kill(process.pid, 'SIGKILL');`;
  const command = [process.execPath, '--input-type=module', '-e', script];
  const { program, untilAsked } = await startWithSilentNameServer(t, ...command);
  await untilAsked();
  program.child.stdin!.write('stop\n');
  assert.equal((await program.ended()).stdout, 'the reason\n'.repeat(3));
});

test(
  'the first signal ends what waits for the reader of a pipe',
  { skip: firstSkip(needsLinux(), needsProgram('mkfifo')) },
  async (t) => {
    const peer = await UdpPeer.open(t);
    const pipe = join(temporaryFolder(t), 'pipe');
    assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
    const program = startEchogram(t, ['ping', `127.0.0.1:${peer.port}`, '-W', '1h', '--csv', pipe]);
    await until(() => isOpeningPipe(program.child.pid!), 'a thread to wait in open(2)');
    program.child.kill('SIGINT');
    const ending = await program.ended();
    assert.deepEqual([ending.stderr, ending.signal], [NOT_BEGUN, 'SIGINT']);
  },
);

/** By where in the kernel each thread waits (proc(5), wchan): fs/pipe.c's name for it. */
function isOpeningPipe(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).some((thread) => {
    return readFileSync(`/proc/${pid}/task/${thread}/wchan`, 'latin1') === 'wait_for_partner';
  });
}
