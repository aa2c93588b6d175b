// A measurement as one object: when it stops, what its reader gets, and how its errors are told.

import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ping, type PingOptions, type ProbeRecord } from '../../src/index.ts';
import { deadline, until } from '../helpers/deadline.ts';
import { ENGINES } from '../helpers/engines.ts';
import { ImpairmentProxy, PlainEcho } from '../helpers/impairment-proxy.ts';
import { PASSING } from '../helpers/ping-truth.ts';
import { UdpPeer } from '../helpers/udp.ts';

/** Of what nobody answers in time. */
const PATIENT = { intervalMs: 5, timeoutMs: 20_000 };

for (const { engine, skip } of ENGINES) {
  test(`an abort right after ping() leaves nothing to send (${engine})`, { skip }, async (t) => {
    const peer = await UdpPeer.open(t);
    const stop = new AbortController();
    const run = ping({
      engine,
      host: '127.0.0.1',
      port: peer.port,
      signal: stop.signal,
      count: 60,
    });
    stop.abort();
    const { datagrams, endedBy, verdict } = await deadline(run, () => 'the measurement to end');
    assert.deepEqual([datagrams.sent, datagrams.lossRatio, endedBy.code], [0, null, 'ABORTED']);
    assert.equal(verdict.code, 'NOTHING_SENT');
    assert.equal(peer.unread, 0);
  });

  test(`an abort from onStart leaves nothing to send (${engine})`, { skip }, async (t) => {
    const peer = await UdpPeer.open(t);
    const stop = new AbortController();
    const options: PingOptions = { engine, host: '127.0.0.1', port: peer.port, count: 60 };
    const onStart = (): void => {
      stop.abort();
    };
    const run = ping({ ...options, signal: stop.signal, onStart });
    const { datagrams, endedBy } = await deadline(run, () => 'the measurement to end');
    assert.deepEqual([datagrams.sent, endedBy.code], [0, 'ABORTED']);
    assert.equal(peer.unread, 0);
  });

  test(`a reader who comes late gets every record (${engine})`, { skip }, async () => {
    await using echo = await PlainEcho.open();
    await using proxy = await ImpairmentProxy.open(echo.port, () => PASSING);
    const run = ping({ ...PATIENT, engine, host: '127.0.0.1', port: proxy.port, count: 10 });
    await until(() => proxy.sent.length === 10, 'ten probes');
    let replies = 0;
    for await (const record of run) if (record.type === 'reply') replies++;
    assert.deepEqual([replies, (await run).datagrams.received], [10, 10]);
  });

  test(`who breaks off the loop stops the measurement (${engine})`, { skip }, async () => {
    await using echo = await PlainEcho.open();
    const run = ping({ ...PATIENT, engine, host: '127.0.0.1', port: echo.port });
    let first: ProbeRecord | undefined;
    for await (const record of run) {
      first = record;
      break;
    }
    const { datagrams, endedBy } = await deadline(run, () => 'the measurement to end');
    assert.notEqual(first, undefined);
    assert.deepEqual([endedBy.code, datagrams.received], ['ABORTED', datagrams.sent]);
  });
}

test('a failure ends the loop with its error, and is no unhandled rejection', async () => {
  const run = ping({ host: '127.0.0.1', port: 9, family: 7 } as unknown as PingOptions);
  await assert.rejects(
    async () => {
      for await (const record of run) assert.fail(record.type);
    },
    { code: 'ECHOGRAM_ERR_OPTION_UNKNOWN' },
  );
  // Node raises an unhandled rejection before the next immediate.
  await setImmediate();
});

test('a signal that is aborted already rejects with its reason', async () => {
  const reason = new Error('not at all');
  await assert.rejects(ping({ host: '127.0.0.1', signal: AbortSignal.abort(reason) }), reason);
});

test('a run is a promise: then, catch and finally', async () => {
  await using echo = await PlainEcho.open();
  const run = ping({ host: '127.0.0.1', port: echo.port, count: 1, engine: 'portable' });
  let ends = 0;
  const results = await Promise.all([
    run,
    run.then(({ datagrams }) => datagrams.sent),
    run.catch(() => 'failed'),
    run.finally(() => ends++),
  ]);
  assert.deepEqual([results[1], ends], [1, 1]);
  assert.equal(results[0], results[2]);
});
