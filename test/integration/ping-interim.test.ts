// Interim numbers of a measurement that goes on.

import assert from 'node:assert/strict';
import test from 'node:test';
import { ping, type ProbeRecord } from '../../src/index.ts';
import { deadline, until } from '../helpers/deadline.ts';
import { ENGINES } from '../helpers/engines.ts';
import { UdpPeer } from '../helpers/udp.ts';

for (const { engine, skip } of ENGINES) {
  test(
    `interim numbers are told while a measurement waits, and it goes on (${engine})`,
    { skip },
    async (t) => {
      const peer = await UdpPeer.open(t);
      const stop = new AbortController();
      const records: ProbeRecord[] = [];
      const run = ping({
        engine,
        host: '127.0.0.1',
        port: peer.port,
        intervalMs: 10,
        timeoutMs: 3_600_000,
        count: 3,
        endSignal: stop.signal,
      }).on('record', (record) => records.push(record));
      assert.equal(await run.interim(), null, 'before the first probe there is nothing to tell');
      const probes = [await peer.next('a probe'), await peer.next('a probe'), await peer.next()];
      await peer.send(probes[1]!.payload, probes[1]!.port);
      await until(() => records.some(({ type }) => type === 'reply'), 'the reply');
      const asked = [run.interim(), run.interim()];
      const [interim] = await deadline(Promise.all(asked), () => 'interim numbers');
      const { sent, sendFailed, received, lost, late, waiting, rttNs, durationNs } = interim!;
      assert.deepEqual(
        { sent, sendFailed, received, lost, late, waiting },
        { sent: 3, sendFailed: 0, received: 1, lost: 0, late: 0, waiting: 2 },
      );
      const reply = records.find((record) => record.type === 'reply')!;
      assert.deepEqual([rttNs.min, rttNs.max], [reply.rttNs, reply.rttNs]);
      assert.ok(durationNs >= reply.atNs);
      await peer.send(probes[0]!.payload, probes[0]!.port);
      await until(() => records.filter(({ type }) => type === 'reply').length === 2, 'a reply');
      stop.abort();
      const { datagrams, endedBy } = await deadline(run, () => 'the measurement to end');
      assert.deepEqual([datagrams.received, endedBy.leftOut], [2, 1]);
      assert.equal(await run.interim(), null, 'once it is over the result has it all');
    },
  );

  test(`who asks as the measurement ends gets an answer (${engine})`, { skip }, async (t) => {
    const peer = await UdpPeer.open(t);
    const stop = new AbortController();
    const run = ping({
      engine,
      host: '127.0.0.1',
      port: peer.port,
      timeoutMs: 3_600_000,
      endSignal: stop.signal,
    });
    await peer.next('a probe');
    stop.abort();
    const interim = await deadline(run.interim(), () => 'an answer');
    const { datagrams } = await deadline(run, () => 'the measurement to end');
    assert.ok(interim === null || interim.sent <= 1);
    assert.equal(datagrams.sent, 0);
  });
}
