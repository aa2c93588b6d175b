import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  EFD_CLOEXEC,
  EFD_NONBLOCK,
  POLLIN,
  POLLOUT,
} from '../../../../src/socket/linux/constants.ts';
import { loadLibc, type Libc } from '../../../../src/socket/linux/libc.ts';
import { Poller } from '../../../../src/socket/linux/poller.ts';
import { needsLinuxEngine } from '../../../helpers/skips.ts';

const skip = needsLinuxEngine();

/** An eventfd that is readable, once `signal` was called; the test closes it. */
function eventfdOf(t: TestContext, libc: Libc): { fd: number; signal: () => void } {
  const fd = libc.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  assert.ok(fd >= 0);
  t.after(() => libc.close(fd));
  const one = BigUint64Array.of(1n);
  const signal = (): void => {
    assert.equal(libc.write(fd, libc.address(one), one.byteLength), 8);
  };
  return { fd, signal };
}

test('waits for ever for one that is ready already, which is no wait', { skip }, async (t) => {
  const libc = await loadLibc();
  const idle = eventfdOf(t, libc);
  const ready = eventfdOf(t, libc);
  ready.signal();
  new Poller(libc, [idle.fd, ready.fd], POLLIN).wait();
  new Poller(libc, [ready.fd, idle.fd], POLLIN).wait();
});

test('returns when the time is over, without anything ready', { skip }, async (t) => {
  const libc = await loadLibc();
  const poller = new Poller(libc, [eventfdOf(t, libc).fd], POLLIN);
  for (const timeoutMs of [0, 0.000_001, 0.5, 2.75]) {
    const before = performance.now();
    poller.wait(timeoutMs);
    // ppoll never returns early.
    assert.ok(performance.now() - before >= timeoutMs);
  }
});

test('waits for the events that it was given', { skip }, async (t) => {
  const libc = await loadLibc();
  // An eventfd at zero is writable and not readable.
  new Poller(libc, [eventfdOf(t, libc).fd], POLLOUT).wait();
});

test('may be asked again and again', { skip }, async (t) => {
  const libc = await loadLibc();
  const { fd, signal } = eventfdOf(t, libc);
  const poller = new Poller(libc, [fd], POLLIN);
  poller.wait(0);
  signal();
  poller.wait();
  poller.wait();
});

test('a descriptor that is closed is an error in the shape of Node', { skip }, async () => {
  const libc = await loadLibc();
  // Beyond any limit on descriptors that this process has.
  const poller = new Poller(libc, [2 ** 30], POLLIN);
  assert.throws(
    () => {
      poller.wait();
    },
    { code: 'EBADF', errno: -9, syscall: 'ppoll', message: 'ppoll EBADF' },
  );
});
