// load() over loopback on both engines: what does not take a minute.

import assert from 'node:assert/strict';
import test from 'node:test';
import { load, OptionError, type LoadProgress } from '../../src/index.ts';
import { ENGINES } from '../helpers/engines.ts';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { loadViolations } from '../helpers/json-schema.ts';
import { closedPort } from '../helpers/udp.ts';

for (const { engine, skip } of ENGINES) {
  test(`an abort ends the search at once, with what is known (${engine})`, { skip }, async () => {
    await using echo = await PlainEcho.open();
    const stop = new AbortController();
    const seen: LoadProgress[] = [];
    const result = await load({
      engine,
      host: '127.0.0.1',
      port: echo.port,
      signal: stop.signal,
      onProgress: (progress) => {
        seen.push(progress);
        if (progress.trial !== null) stop.abort(Object.assign(new Error(), { code: 'SIGINT' }));
      },
    });
    assert.deepEqual(loadViolations(result), []);
    assert.equal(result.endedBy.code, 'SIGINT');
    assert.equal(result.throughput.reason, 'budget');
    assert.ok(result.spent.datagrams >= result.idle.sent && result.spent.datagrams < 200);
    assert.equal(seen[0]!.phase, 'idle');
    assert.equal(seen[0]!.target.port, echo.port);
    assert.equal(seen.at(-1)!.phase, 'warm-up');
  });

  test(`a closed port ends the search with its ICMP error (${engine})`, { skip }, async (t) => {
    const port = await closedPort(t);
    const result = await load({ engine, host: '127.0.0.1', port });
    assert.deepEqual(loadViolations(result), []);
    assert.equal(result.endedBy.code, 'ICMP');
    assert.equal(result.icmpErrors[0]!.systemCode, 'ECONNREFUSED');
    assert.deepEqual(result.trials, []);
    assert.ok(result.spent.datagrams < 50, `${result.spent.datagrams} datagrams`);
  });
}

test('an abort before it begins rejects', async () => {
  const reason = new Error('no');
  const host = '127.0.0.1';
  await assert.rejects(load({ host, signal: AbortSignal.abort(reason) }), reason);
});

/** A name that resolves to nothing is never asked: the options are wrong before that. */
const REFUSED = [
  [{ host: '192.0.2.7', maxRate: 1001 }, /1001 probes per second to 192\.0\.2\.7 need allowFlood/],
  [{ host: '192.0.2.7', maxRate: { ipBps: 11e6 }, payloadBytes: 1400 }, /at most 10 Mbit\/s/],
  [{ host: '192.0.2.7', maxLossRatio: 0.05 }, /precisionRatio/],
  [{ host: '192.0.2.7', payloadBytes: 43 }, /payloadBytes/],
] as const;

for (const [options, message] of REFUSED) {
  test(`it refuses ${JSON.stringify(options)}`, async () => {
    await assert.rejects(load(options), (error: unknown) => {
      assert.ok(error instanceof OptionError);
      assert.match(error.message, message);
      return true;
    });
  });
}
