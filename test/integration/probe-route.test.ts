// /probe of a watch, asked as Prometheus does.

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import type { Reply } from '../../src/http/reply.ts';
import type { EngineName } from '../../src/socket/datagram-socket.ts';
import { watch } from '../../src/watch/watch.ts';
import { ProbeRoute } from '../../src/web/probe-route.ts';
import { deadline } from '../helpers/deadline.ts';
import { ENGINES } from '../helpers/engines.ts';

/** A probe outlasts every scrape here; the watch itself sends none that its end would wait for. */
const PATIENT = { default: { interval: '1h', timeout: '20s' } };

/** Asks for the target to be probed, and says for how long Prometheus would wait. */
type Asking = (scrapeSeconds: number) => Promise<Reply>;

/** A target that never answers, so that a probe takes as long as it may. */
async function watchSilent(t: TestContext, engine: EngineName): Promise<Asking> {
  const silent = createSocket('udp4');
  silent.bind(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => silent.close());
  const target = `127.0.0.1:${silent.address().port}`;
  return await watchTarget(t, target, engine);
}

async function watchTarget(t: TestContext, target: string, engine: EngineName): Promise<Asking> {
  const running = await watch({ probes: PATIENT, targets: [target], engine });
  t.after(() => running[Symbol.asyncDispose]());
  const route = new ProbeRoute(running);
  const query = new URLSearchParams({ target });
  return (scrapeSeconds) => {
    const headers = { 'x-prometheus-scrape-timeout-seconds': String(scrapeSeconds) };
    return route.answer({ query, headers });
  };
}

for (const { engine, skip } of ENGINES) {
  test(`an answer comes before the scrape times out (${engine})`, { skip }, async (t) => {
    const ask = await watchSilent(t, engine);
    const { body } = await deadline(ask(1), () => 'the answer of a scrape of a second');
    assert.match(String(body), /^probe_success 0$/m);
    // A scrape that may take the usual ten seconds waits for nearly as long.
    const [, seconds] = /^probe_duration_seconds (\S+)$/m.exec(String(body))!;
    assert.ok(Number(seconds) < 5, seconds);
    assert.doesNotMatch(String(body), /^echogram_probe_rtt_seconds\{/m);
  });
}

test('four targets are probed at once, and a fifth is told to come again', async (t) => {
  const ask = await watchSilent(t, 'portable');
  const asked = Array.from({ length: 5 }, () => ask(1));
  const replies = await deadline(Promise.all(asked), () => 'five answers');
  assert.deepEqual(
    replies.map(({ status = 200 }) => status),
    [200, 200, 200, 200, 503],
  );
  assert.deepEqual(replies[4]!.headers, { 'retry-after': '5' });
  const { status = 200 } = await deadline(ask(1), () => 'an answer after these');
  assert.equal(status, 200);
});

test('a target without an address has not succeeded', async (t) => {
  const ask = await watchTarget(t, 'nowhere.invalid', 'portable');
  const { body } = await deadline(ask(5), () => 'the answer for a name without an address');
  assert.match(String(body), /^probe_success 0$/m);
  assert.match(String(body), /^echogram_probe_sent 0$/m);
});
