// A server that starts on a port to which datagrams come already knows where each was sent to.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serve } from '../../src/index.ts';
import { until } from '../helpers/deadline.ts';
import { Flood } from '../helpers/flood.ts';
import { HERE } from '../helpers/json-server.ts';
import { needsLinuxEngine } from '../helpers/linux.ts';
import { firstSkip, needsProgram } from '../helpers/skips.ts';

const skip = firstSkip(needsLinuxEngine(), needsProgram('python3'));

const RESTARTS = 20;

test('what comes while a server starts is not taken for sent to a group', { skip }, async (t) => {
  const options = { host: '0.0.0.0', engine: 'linux', limitPps: 0 } as const;
  // The flood chooses its own ports while this one is held.
  const first = await serve({ ...options, port: 0 });
  const { port } = first;
  const flood = new Flood(t, HERE, { address: '127.0.0.1', port, flows: 8, amount: '60.0' });
  await until(() => first.counters.sentDatagrams > 0, 'the flood');
  await first.close();
  for (let restart = 0; restart < RESTARTS; restart++) {
    const server = await serve({ ...options, port });
    await until(() => server.counters.sentDatagrams > 500, 'the flood');
    await server.close();
    assert.equal(server.counters.refused['group-destination'], 0);
  }
  flood.stop();
});
