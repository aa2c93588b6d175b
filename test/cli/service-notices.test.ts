// What a command tells the service manager that started it, by sd_notify(3).

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { until } from '../helpers/deadline.ts';
import { needsLinuxEngine } from '../helpers/linux.ts';
import { startEchogram } from '../helpers/programs.ts';
import { ServiceManager } from '../helpers/service-manager.ts';
import { firstSkip, needsLinux, needsProgram } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const skip = firstSkip(needsLinux(), needsProgram('python3'));
const skipKoffi = firstSkip(skip, needsLinuxEngine());

const SERVE = ['serve', '--host', '127.0.0.1', '--port', '0', '--quiet'];

const NAMES = {
  'a path': (t: TestContext) => join(temporaryFolder(t), 'notify'),
  'an abstract name': () => `@echogram-test-${process.pid}`,
};

for (const [kind, nameFor] of Object.entries(NAMES)) {
  test(`serve tells ${kind} when it answers, and when it stops`, { skip: skipKoffi }, async (t) => {
    const manager = ServiceManager.start(t, ['--notify', nameFor(t)], SERVE);
    const { notified } = await manager.notified('READY=1');
    assert.match(notified[1]!, /^STATUS=answering echo on 127\.0\.0\.1:\d+ \(linux engine\)$/);
    manager.obey('signal SIGTERM');
    assert.equal(await manager.ended(), 0);
    assert.deepEqual(manager.notifications.at(-1)?.notified, ['STOPPING=1', 'STATUS=stopping']);
  });
}

test(
  'without the C library serve tells it through systemd-notify',
  { skip: firstSkip(skip, needsProgram('systemd-notify')) },
  async (t) => {
    const name = join(temporaryFolder(t), 'notify');
    const manager = ServiceManager.start(t, ['--notify', name], [...SERVE, '--engine', 'portable']);
    const { notified } = await manager.notified('READY=1');
    assert.match(notified.join(), /STATUS=answering echo on .* \(portable engine\)/);
  },
);

test('a service manager that can’t be notified is a warning', { skip: skipKoffi }, async (t) => {
  for (const [socket, trouble] of [
    ['/nonexistent/notify', 'connect ENOENT'],
    ['notify', 'NOTIFY_SOCKET must be a path, or @ and a name, of at most 108 bytes'],
  ]) {
    const env = { ...process.env, NOTIFY_SOCKET: socket };
    const server = startEchogram(t, SERVE, { env });
    await server.untilStderr(/listening on/);
    await server.untilStderr(/warning: the service manager/);
    assert.match(server.stderr, new RegExp(`can't be notified: ${trouble!}\n`));
    server.child.kill('SIGTERM');
    assert.equal((await server.ended()).exitCode, 0);
  }
});

test('a watchdog is fed, but not while a worker hangs', { skip: skipKoffi }, async (t) => {
  const options = ['--notify', join(temporaryFolder(t), 'notify'), '--watchdog-usec', '400000'];
  const manager = ServiceManager.start(t, options, [...SERVE, '--workers', '2']);
  await manager.notified('WATCHDOG=1', 2);
  manager.obey('hold');
  const heldAtUs = await manager.timeOf('held');
  // Several times as long as it would take to feed again.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  manager.obey('release');
  const releasedAtUs = await manager.timeOf('released');
  const meals = (): readonly number[] =>
    manager.notifications
      .filter(({ notified }) => notified.includes('WATCHDOG=1'))
      .map(({ atUs }) => atUs);
  await until(() => meals().some((atUs) => atUs > releasedAtUs), 'food after the release');
  const meanwhile = meals().filter((atUs) => atUs > heldAtUs && atUs < releasedAtUs);
  // The last proof may be from just before.
  assert.ok(meanwhile.length <= 1, `fed ${meanwhile.length} times while a worker hung`);
});

test('watch tells when it probes, and of each reload', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'watch.yaml');
  const configure = (port: string): void => {
    writeFileSync(file, `targets: ['127.0.0.1:${port}']\n`);
  };
  configure('9');
  const options = ['--notify', join(folder, 'notify'), '--watchdog-usec', '400000'];
  const watch = ['watch', '--config', file, '--listen', 'none', '--quiet'];
  const manager = ServiceManager.start(t, options, watch);
  const { notified, atUs } = await manager.notified('READY=1');
  assert.match(notified[1]!, /^STATUS=watching 1 target: .* engine\)$/);
  await manager.notified('WATCHDOG=1');
  manager.obey('signal SIGHUP');
  const reloading = await manager.notified('RELOADING=1');
  const [, monotonic = ''] = /^MONOTONIC_USEC=(\d+)$/.exec(reloading.notified[1]!) ?? [];
  assert.ok(Number(monotonic) > atUs && Number(monotonic) <= reloading.atUs, monotonic);
  const again = await manager.notified('READY=1', 2);
  assert.match(again.notified[1]!, /^STATUS=watching 1 target: [^;]*$/);
  configure('none');
  manager.obey('signal SIGHUP');
  const refused = await manager.notified('READY=1', 3);
  assert.match(refused.notified[1]!, /; the configuration stays as it was: .*none/);
  manager.obey('signal SIGTERM');
  assert.equal(await manager.ended(), 0);
  assert.equal(manager.notifications.at(-1)?.notified[0], 'STOPPING=1');
});

test('impair tells when it forwards, and when it stops', { skip }, async (t) => {
  const name = join(temporaryFolder(t), 'notify');
  const manager = ServiceManager.start(
    t,
    ['--notify', name],
    ['impair', '--to', '127.0.0.1:9', '--port', '0'],
  );
  const { notified } = await manager.notified('READY=1');
  assert.match(notified[1]!, /^STATUS=forwarding from port \d+ to 127\.0\.0\.1:9$/);
  manager.obey('signal SIGTERM');
  assert.equal(await manager.ended(), 0);
  assert.deepEqual(manager.notifications.at(-1)?.notified, ['STOPPING=1', 'STATUS=stopping']);
});
