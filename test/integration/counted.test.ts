// Counters that a client's reply does not overtake.

import assert from 'node:assert/strict';
import test from 'node:test';
import { serve } from '../../src/index.ts';
import { deadline } from '../helpers/deadline.ts';
import { ENGINES } from '../helpers/engines.ts';
import { UdpPeer } from '../helpers/udp.ts';

for (const { engine, skip } of ENGINES) {
  const workers = engine === 'linux' ? 2 : 1;

  test(`counted() holds what was answered before it (${engine})`, { skip }, async (t) => {
    await using server = await serve({ host: '127.0.0.1', port: 0, engine, workers });
    const peer = await UdpPeer.open(t);
    for (let echoes = 1; echoes <= 200; echoes++) {
      await peer.send('one more', server.port);
      await peer.next('its echo');
      const counters = await deadline(server.counted(), () => 'the counters');
      assert.deepEqual([counters.receivedDatagrams, counters.sentDatagrams], [echoes, echoes]);
    }
  });

  test(`counted() of a closed server gives its final counters (${engine})`, { skip }, async () => {
    const server = await serve({ host: '127.0.0.1', port: 0, engine, workers });
    await server.close();
    assert.deepEqual(await deadline(server.counted(), () => 'the counters'), server.counters);
  });
}
