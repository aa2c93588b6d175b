import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { OwnTurn, WorkerTurns } from '../../../src/server/engines/worker-turns.ts';
import { deadline } from '../../helpers/deadline.ts';

/** True if the turns that last now are over at once. */
async function areOver(turns: WorkerTurns): Promise<boolean> {
  return await Promise.race([turns.over().then(() => true), setImmediate(false)]);
}

test('who asks waits for the turns that last, and not for the next', async () => {
  const turns = new WorkerTurns(2);
  assert.equal(await areOver(turns), true);
  const [first, second] = turns.cells.map((cell) => new OwnTurn(cell));
  second!.begin();
  assert.equal(await areOver(turns), false);
  const over = turns.over();
  second!.end();
  second!.begin();
  first!.begin();
  await deadline(over, () => 'the turn that lasted to be over');
});

test('the turn of a worker that has ended is over', async () => {
  const turns = new WorkerTurns(1);
  new OwnTurn(turns.cells[0]!).begin();
  const over = turns.over();
  turns.clear(0);
  await deadline(over, () => 'the turn to be over');
});
