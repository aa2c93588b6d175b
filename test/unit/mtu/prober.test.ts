// What a search notes of the datagrams that it sent.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Evidence } from '../../../src/mtu/evidence.ts';
import { Prober } from '../../../src/mtu/prober.ts';
import { SizeCodecs } from '../../../src/mtu/size-codecs.ts';
import { triedSizes } from '../../../src/mtu/tried-sizes.ts';
import { SimulatedChannel } from '../../helpers/simulated-channel.ts';
import { SimulatedPath } from '../../helpers/simulated-path.ts';
import { SimulatedEcho } from '../../helpers/simulated-reflectors.ts';

const NONCE = [1, 2] as const;
const LEAST_BYTES = 44;

test('a datagram that was still waited for when the search was stopped is not called lost', async () => {
  const stop = new AbortController();
  const evidence = new Evidence(4);
  const prober = new Prober({
    path: { ...linuxPath(), channel: unmovedChannel() },
    codecs: new SizeCodecs({ protocol: 'echo', key: undefined, nonce: NONCE }, LEAST_BYTES),
    evidence,
    leastBytes: LEAST_BYTES,
    signal: stop.signal,
  });
  const running = prober.run({
    probes: [{ size: 1400, fragmentation: 'whole' }],
    hasControls: false,
    isEnough: () => false,
    isPatient: true,
  });
  await setImmediate();
  stop.abort();
  await running;
  const [tried] = triedSizes(evidence);
  assert.deepEqual([tried?.size, tried?.sent, tried?.lost], [1400, 1, 0]);
});

/** Nobody moves its clock, so no reply arrives and no time is up. */
function unmovedChannel(): SimulatedChannel {
  const host = { ports: 1, payloadBytes: 65_507, hasStamps: true, stalls: [] };
  const plan = { seed: 1, timeoutNs: 1e9, intervalNs: 1e9, nonce: NONCE, badness: 0 };
  return new SimulatedChannel(host, new SimulatedPath(plan, new SimulatedEcho()));
}

function linuxPath() {
  return {
    engine: 'linux',
    engineReason: null,
    sendAs: () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  } as const;
}
