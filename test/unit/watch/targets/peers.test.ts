// How the peers of a mesh get their names, each asked over HTTP.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Peers } from '../../../../src/watch/targets/peers.ts';
import { answerAt } from '../../../helpers/http-answers.ts';

const NEVER = new AbortController().signal;

test('a peer has its address for a name until it tells one, and then keeps that', async (t) => {
  let answer = '';
  const port = await answerAt(t, (_request, response) => void response.end(answer));
  let nowNs = 1e12;
  const peers = new Peers(port, () => nowNs);
  const named = async (): Promise<unknown> => await peers.named(['127.0.0.1'], NEVER);
  const address = '127.0.0.1';
  // As while a network policy does not admit this host yet.
  assert.deepEqual(await named(), [{ address, name: address, zone: undefined }]);
  answer = '{"name": "node-1", "zone": "a"}';
  assert.deepEqual(await named(), [{ address, name: address, zone: undefined }]);
  nowNs += 61e9;
  assert.deepEqual(await named(), [{ address, name: 'node-1', zone: 'a' }]);
  answer = '{"name": "node-2", "zone": "b"}';
  nowNs += 61e9;
  assert.deepEqual(await named(), [{ address, name: 'node-1', zone: 'b' }]);
  answer = '';
  nowNs += 61e9;
  assert.deepEqual(await named(), [{ address, name: 'node-1', zone: 'b' }]);
});
