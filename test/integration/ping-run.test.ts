// A measurement as one object: when it stops, what its reader gets, and how its errors are told.

import assert from 'node:assert/strict';
import { on, once } from 'node:events';
import test from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ping, type PingOptions, type ProbeRecord } from '../../src/index.ts';
import { deadline, until } from '../helpers/deadline.ts';
import { ENGINES } from '../helpers/engines.ts';
import { ImpairmentProxy, PlainEcho } from '../helpers/impairment-proxy.ts';
import { PASSING } from '../helpers/ping-truth.ts';
import { Program } from '../helpers/programs.ts';
import { UdpPeer } from '../helpers/udp.ts';

const INDEX = new URL('../../src/index.js', import.meta.url).href;

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

  test(`an abort as it starts leaves nothing to send (${engine})`, { skip }, async (t) => {
    const peer = await UdpPeer.open(t);
    const stop = new AbortController();
    const options: PingOptions = { engine, host: '127.0.0.1', port: peer.port, count: 60 };
    const onStart = (): void => {
      stop.abort();
    };
    const run = ping({ ...options, signal: stop.signal }).on('start', onStart);
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

for (const { engine, skip } of ENGINES) {
  test(`a run tells its start, each record and its end (${engine})`, { skip }, async () => {
    await using echo = await PlainEcho.open();
    const run = ping({ ...PATIENT, engine, host: '127.0.0.1', port: echo.port, count: 3 });
    const heard: string[] = [];
    run.on('start', ({ port }, { config }) => heard.push(`start ${port} ${config.count}`));
    run.on('record', ({ type }) => {
      if (type === 'reply') heard.push(type);
    });
    run.on('end', ({ datagrams }) => heard.push(`end ${datagrams.received}`));
    const { datagrams } = await deadline(run, () => 'the measurement to end');
    assert.equal(datagrams.received, 3);
    assert.deepEqual(heard, [`start ${echo.port} 3`, 'reply', 'reply', 'reply', 'end 3']);
  });

  test(`a listener who comes late gets every record (${engine})`, { skip }, async () => {
    await using echo = await PlainEcho.open();
    const run = ping({ ...PATIENT, engine, host: '127.0.0.1', port: echo.port, count: 10 });
    await deadline(once(run, 'end'), () => 'the end');
    let replies = 0;
    run.on('record', ({ type }) => {
      if (type === 'reply') replies++;
    });
    await setImmediate();
    assert.deepEqual([replies, (await run).datagrams.received], [10, 10]);
  });

  test(`events.on takes records as they come (${engine})`, { skip }, async () => {
    await using echo = await PlainEcho.open();
    const run = ping({ ...PATIENT, engine, host: '127.0.0.1', port: echo.port, count: 3 });
    const types: string[] = [];
    const reading = (async () => {
      for await (const [record] of on(run, 'record', { close: ['end'] })) {
        types.push((record as ProbeRecord).type);
      }
    })();
    await deadline(reading, () => 'the records to end');
    assert.equal(types.filter((type) => type === 'reply').length, 3);
  });
}

test('who waits for an event of a run that fails gets its error, which is then no unhandled rejection', async () => {
  const wrong = { host: '127.0.0.1', count: 0 };
  await assert.rejects(once(ping(wrong), 'end'), { code: 'ECHOGRAM_ERR_OPTION_VALUE' });
  const told: unknown[] = [];
  ping(wrong).on('error', (error) => told.push(error));
  await setImmediate();
  assert.equal(told.length, 1);
});

test('a run that fails and that nobody awaits or listens to is an unhandled rejection', async (t) => {
  const script = `
    const { ping } = await import(${JSON.stringify(INDEX)});
    process.on('unhandledRejection', ({ code }) => console.log('unhandled', code));
    ping({ host: '127.0.0.1', count: 0 });
    const awaitedLater = (async () => ping({ host: '127.0.0.1', count: 0 }))();
    await awaitedLater.catch(({ code }) => console.log('handled', code));`;
  const program = new Program(t, process.execPath, ['--input-type=module', '-e', script]);
  const { stdout } = await program.ended();
  assert.deepEqual(stdout.trim().split('\n').sort(), [
    'handled ECHOGRAM_ERR_OPTION_VALUE',
    'unhandled ECHOGRAM_ERR_OPTION_VALUE',
  ]);
});

test('what a listener throws is an uncaught exception, and the run goes on', async (t) => {
  await using echo = await PlainEcho.open();
  const script = `
    const { ping } = await import(${JSON.stringify(INDEX)});
    process.on('uncaughtException', ({ message }) => console.log('uncaught', message));
    const run = ping({ host: '127.0.0.1', port: ${echo.port}, count: 2, intervalMs: 1, engine: 'portable', timeoutMs: 20000 });
    for (const name of ['start', 'record', 'end']) run.once(name, () => { throw new Error(name); });
    const { datagrams } = await run;
    console.log(datagrams.received);`;
  const program = new Program(t, process.execPath, ['--input-type=module', '-e', script]);
  const { stdout } = await program.ended();
  assert.equal(stdout, 'uncaught start\nuncaught record\nuncaught end\n2\n');
});

test('a failure ends the loop with its error, and is no unhandled rejection', async () => {
  const run = ping({ host: '127.0.0.1', port: 9, famly: 4 } as unknown as PingOptions);
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
