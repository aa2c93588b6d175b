import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeServiceEnvironment } from '../../../src/service-manager/service-environment.ts';

test('the variables of a service manager are taken away from children', () => {
  const env = {
    NOTIFY_SOCKET: '/run/systemd/notify',
    WATCHDOG_USEC: '30000000',
    WATCHDOG_PID: '7',
    LISTEN_FDS: '2',
    LISTEN_PID: '7',
    LISTEN_FDNAMES: '',
    PATH: '/bin',
  };
  const { monotonicNs, ...taken } = takeServiceEnvironment({ env, pid: 7, hrtime: process.hrtime });
  assert.deepEqual(taken, {
    pid: 7,
    notifySocket: '/run/systemd/notify',
    watchdogUsec: '30000000',
    watchdogPid: '7',
    listenFds: '2',
    listenPid: '7',
    listenFdNames: undefined,
  });
  assert.deepEqual(env, { PATH: '/bin' });
  assert.ok(monotonicNs() > 0n);
});
