// load on real paths whose limits are known by hand. A machine that is too busy for a rate must say so: then nothing is
// exact, but the path is not blamed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoadResult } from '../../../src/index.ts';
import { loadedHosts, loadResult, startLoad } from '../../helpers/loaded-hosts.ts';
import { firstSkip, needsLinux, needsLinuxEngine, needsNamespaces } from '../../helpers/skips.ts';

const ENGINES = ['linux', 'portable'] as const;

/** A frame of 64 octets of payload has 106 with its headers: 1 Mbit/s are 1,179.245 of them a second. */
const SHAPED_PPS = 1e6 / 848;

/** 10,600 octets are 100 frames. */
const SHAPER = ['tbf', 'rate', '1mbit', 'burst', '1600', 'limit', '10600'];
const QUEUE_NS = (100 / SHAPED_PPS) * 1e9;

/** Whatever else the machine did, a bracket does not exclude the truth. */
function assertContains({ throughput, trials }: LoadResult, truth: number, slack: number): void {
  const { lowerPps, upperPps } = throughput;
  const seen = JSON.stringify({ throughput, trials }, null, 1);
  assert.ok(lowerPps === null || lowerPps <= truth + slack, seen);
  assert.ok(upperPps === null || upperPps >= truth - slack, seen);
}

/** True if the host could offer nearly every rate that it had to: a slot in a thousand was skipped at most. */
function wasAble({ throughput, trials }: LoadResult): boolean {
  const isOffered = trials.every(
    ({ offeredPps, intendedPps }) => offeredPps >= 0.999 * intendedPps,
  );
  return throughput.reason === 'bracket' && isOffered;
}

for (const engine of ENGINES) {
  const skip = firstSkip(needsLinux(), needsNamespaces(), engine === 'linux' && needsLinuxEngine());

  test(`a shaper of 1 Mbit/s on the way back is found (${engine})`, { skip }, async (t) => {
    const hosts = await loadedHosts(t);
    hosts.server.run('tc', 'qdisc', 'add', 'dev', 'wire', 'root', ...SHAPER);
    const options = { engine, maxRate: 5000, allowFlood: true };
    const result = await loadResult(startLoad(t, hosts, options));
    // A queue that grows by a millisecond in 1.5 s is not noticed, nor what the bucket of 1,600 octets takes in 2 s.
    assertContains(result, SHAPED_PPS, SHAPED_PPS / 1500 + 1600 / 106 / 2);
    if (!wasAble(result)) return;
    const { throughput, capacity, limit, verdict } = result;
    assert.ok(throughput.widthRatio! <= 0.02, JSON.stringify(throughput));
    assert.equal(limit.kind, 'queue');
    assert.equal(verdict.code, 'QUEUE');
    assert.ok(Math.abs(capacity!.pps - SHAPED_PPS) <= 2, JSON.stringify(capacity));
    if (limit.queueIsFull === true) assert.ok(Math.abs(limit.queueNs! - QUEUE_NS) < 3e6);
  });
}

const skip = firstSkip(needsLinux(), needsNamespaces(), needsLinuxEngine());

test(
  "the server's own limiter is a policer of 1,000 a second and a burst of 200",
  { skip },
  async (t) => {
    const hosts = await loadedHosts(t, '--limit', '1000');
    const options = { maxRate: 5000, allowFlood: true };
    const result = await loadResult(startLoad(t, hosts, options));
    assertContains(result, 1000 + 200 / 2, 5);
    if (!wasAble(result)) return;
    const { limit, verdict } = result;
    assert.equal(limit.kind, 'policer', JSON.stringify(result.trials));
    assert.equal(verdict.code, 'POLICER');
    assert.ok(Math.abs(limit.policerPps! - 1000) <= 10, JSON.stringify(limit));
    assert.ok(Math.abs(limit.policerBurst! - 200) <= 15, JSON.stringify(limit));
  },
);

test('a path that loses 1 % fails at the start, unless 2 % are permitted', { skip }, async (t) => {
  const hosts = await loadedHosts(t, '--impair', 'loss=1%');
  const options = { maxRate: 400, allowFlood: true, budgetMs: 60_000 };
  const strict = await loadResult(startLoad(t, hosts, options));
  assert.equal(strict.throughput.lowerPps, null, JSON.stringify(strict.trials));
  if (strict.trials.every(({ verdict }) => verdict !== 'invalid')) {
    assert.equal(strict.throughput.reason, 'start-fails');
    assert.equal(strict.verdict.code, 'START_FAILS');
  }
  const goal = { maxLossRatio: 0.03, precisionRatio: 0.03 };
  const lenient = await loadResult(startLoad(t, hosts, { ...options, ...goal }));
  if (lenient.trials.some(({ verdict }) => verdict === 'invalid')) return;
  assert.equal(lenient.throughput.reason, 'ceiling', JSON.stringify(lenient.trials));
  assert.ok(lenient.throughput.conditionalPps! < 400);
});

test('a host that stands still says so, and does not blame the path', { skip }, async (t) => {
  const hosts = await loadedHosts(t);
  const program = startLoad(t, hosts, { maxRate: 1000, budgetMs: 20_000 });
  const stalling = setInterval(() => {
    program.child.kill('SIGSTOP');
    setTimeout(() => program.child.kill('SIGCONT'), 150);
  }, 400);
  t.after(() => {
    clearInterval(stalling);
  });
  const result = await loadResult(program);
  assert.equal(result.throughput.upperPps, null, JSON.stringify(result.trials));
  assert.deepEqual(
    result.trials.filter(({ verdict }) => verdict === 'high-loss' || verdict === 'growth'),
    [],
  );
  assert.ok(result.trials.some(({ verdict }) => verdict === 'invalid'));
  assert.equal(result.limit.kind, result.throughput.reason === 'host' ? 'host' : 'unknown');
});

test('no more leaves than the budget permits, by the count of a firewall', { skip }, async (t) => {
  const hosts = await loadedHosts(t);
  hosts.client.run('nft', 'add table inet count');
  hosts.client.run('nft', 'add chain inet count out { type filter hook output priority 0; }');
  hosts.client.run('nft', 'add rule inet count out udp dport 10000 counter');
  // 92 octets each over IPv4.
  const budgetBytes = 92 * 1500;
  const result = await loadResult(startLoad(t, hosts, { budgetBytes }));
  const [, packets, bytes] = /counter packets (\d+) bytes (\d+)/.exec(
    hosts.client.run('nft', 'list', 'ruleset'),
  )!;
  assert.equal(result.endedBy.code, 'BUDGET');
  assert.equal(Number(packets), result.spent.datagrams);
  assert.equal(Number(bytes), result.spent.ipBytes);
  assert.ok(Number(bytes) <= budgetBytes, `${bytes} octets`);
  assert.ok(Number(packets) > 300, `${packets} datagrams`);
});

for (const [protocol, port, ...service] of [
  ['stamp', 862, '--stamp', '--stamp-stateful'],
  ['udp-echo-plus', 10_000, '--udp-echo-plus'],
] as const) {
  test(`${protocol} tells in which direction a load is lost`, { skip }, async (t) => {
    const hosts = await loadedHosts(t, ...service);
    hosts.server.run('tc', 'qdisc', 'add', 'dev', 'wire', 'root', ...SHAPER);
    const options = { protocol, port, payloadBytes: 100, maxRate: 2000, allowFlood: true };
    const result = await loadResult(startLoad(t, hosts, { ...options, budgetMs: 20_000 }));
    const lossy = result.trials.filter(({ lost }) => lost.path > 10);
    for (const { lost } of lossy) {
      assert.equal(lost.forward, 0, JSON.stringify(lost));
      assert.ok(lost.backward! >= 0.95 * lost.path, JSON.stringify(lost));
    }
    if (wasAble(result)) assert.ok(lossy.length > 0);
  });
}
