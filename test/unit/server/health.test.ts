import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CounterBlock } from '../../../src/server/counters.ts';
import type { RunningEngine } from '../../../src/server/engines/engine.ts';
import { HealthWatch } from '../../../src/server/health.ts';
import { countSendFailure, SOCKET_CELL } from '../../../src/socket/counters.ts';

/** An engine with one service, as far as its health goes. */
function engineWith(block: CounterBlock, state: object = {}): RunningEngine {
  const services = [{ block: () => block }];
  const turned = (): Promise<void> => Promise.resolve();
  const healthy = { workers: 2, workersAlive: 2, failingSockets: 0, turned };
  return { services, ...healthy, ...state } as unknown as RunningEngine;
}

const ignore = (): void => undefined;

function send(block: CounterBlock, datagrams: number): void {
  const cell = SOCKET_CELL.sentDatagrams;
  block.socket[cell] = block.socket[cell]! + datagrams;
}

test('all workers alive and nothing amiss is healthy', () => {
  const watch = new HealthWatch(engineWith(new CounterBlock()), ignore);
  watch.look();
  assert.deepEqual(watch.read(), { isHealthy: true, findings: ['workers that answer: 2 of 2'] });
});

test('a worker that does not answer, or a socket that fails, is not', () => {
  const without = (state: object): object =>
    new HealthWatch(engineWith(new CounterBlock(), state), ignore).read();
  assert.deepEqual(without({ workersAlive: 1 }), {
    isHealthy: false,
    findings: ['workers that answer: 1 of 2'],
  });
  assert.deepEqual(without({ failingSockets: 1 }), {
    isHealthy: false,
    findings: ['workers that answer: 2 of 2', "sockets that can't receive: 1"],
  });
});

for (const code of ['EPERM', 'ENOSYS']) {
  test(`replies that this host refuses with ${code} are not healthy until one leaves`, () => {
    const block = new CounterBlock();
    const watch = new HealthWatch(engineWith(block), ignore);
    send(block, 1);
    watch.look();
    countSendFailure(block.socket, code);
    watch.look();
    const mute = ['workers that answer: 2 of 2', 'this host refuses to send the replies'];
    assert.deepEqual(watch.read(), { isHealthy: false, findings: mute });
    // Nothing was asked: nothing is new.
    watch.look();
    assert.equal(watch.read().isHealthy, false);
    countSendFailure(block.socket, code);
    send(block, 1);
    watch.look();
    assert.equal(watch.read().isHealthy, true);
  });
}

test('what a stranger can cause by a forged source says nothing of the health', () => {
  const block = new CounterBlock();
  const watch = new HealthWatch(engineWith(block), ignore);
  for (const code of ['EHOSTUNREACH', 'ENETUNREACH', 'EINVAL', 'EACCES', 'EAGAIN', 'ENOBUFS'])
    countSendFailure(block.socket, code);
  watch.look();
  assert.equal(watch.read().isHealthy, true);
});

test('that this host refuses every reply is told when it begins, and every ten seconds at most', () => {
  const block = new CounterBlock();
  const told: string[] = [];
  const watch = new HealthWatch(engineWith(block), (notice) => told.push(notice));
  for (let second = 1; second <= 12; second++) {
    countSendFailure(block.socket, 'EPERM');
    // One reply leaves every other second.
    if (second % 2 === 0) send(block, 1);
    watch.look(second * 1000);
  }
  const notice = 'this host refuses to send the replies: 1 in the last second, and none left';
  assert.deepEqual(told, [notice, notice]);
});

test('that this host goes on to refuse every reply is told once', () => {
  const block = new CounterBlock();
  const told: string[] = [];
  const watch = new HealthWatch(engineWith(block), (notice) => told.push(notice));
  for (let second = 1; second <= 30; second++) {
    countSendFailure(block.socket, 'EPERM');
    watch.look(second * 1000);
  }
  assert.equal(told.length, 1);
});

test('a worker whose loop does not turn is not healthy, until it turns', async () => {
  let turn: () => void = ignore;
  const hanging = new Promise<void>((resolve) => {
    turn = resolve;
  });
  const watch = new HealthWatch(engineWith(new CounterBlock(), { turned: () => hanging }), ignore);
  // The machine may be busy: five looks, one a second, are not enough.
  for (let look = 0; look < 5; look++) watch.look();
  assert.equal(watch.read().isHealthy, true);
  watch.look();
  const findings = [
    'workers that answer: 2 of 2',
    'the loop of a worker has not turned for seconds',
  ];
  assert.deepEqual(watch.read(), { isHealthy: false, findings });
  turn();
  await hanging;
  assert.equal(watch.read().isHealthy, true);
});
