import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { Output } from '../../../src/cli/output.ts';
import { deadline } from '../../helpers/deadline.ts';

/** A reader that takes each write only when it is told to. */
class SlowReader extends Writable {
  text = '';
  #taken: (() => void)[] = [];
  #isOpen = false;

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.text += chunk.toString();
    if (this.#isOpen) callback();
    else this.#taken.push(callback);
  }

  /** Takes what waits, and all that follows. */
  catchUp(): void {
    this.#isOpen = true;
    for (const taken of this.#taken.splice(0)) taken();
  }
}

/** Longer than the 256 KiB that are held for a reader. */
const LONG_LINE = 'x'.repeat(300 * 1024);

test('writes each line with its end, and several in one write', () => {
  const reader = new SlowReader();
  reader.catchUp();
  const output = new Output(reader);
  output.data('a', '');
  output.narrate('b');
  assert.equal(reader.text, 'a\n\nb\n');
});

test('narration is dropped while the reader is far behind, and counted once it is not', async () => {
  const reader = new SlowReader();
  const output = new Output(reader);
  output.narrate(LONG_LINE);
  output.narrate('lost', 'lost');
  output.narrate('lost');
  // The long line, too, is not written yet.
  assert.deepEqual([output.missingLines, output.unwrittenLines], [3, 4]);
  reader.catchUp();
  await deadline(output.flush(), () => 'the reader to take all');
  output.narrate('shown');
  output.narrate('shown');
  assert.equal(
    reader.text,
    `${LONG_LINE}\n(3 lines not shown: the reader of this output is slow)\nshown\nshown\n`,
  );
});

test('data are never dropped', async () => {
  const reader = new SlowReader();
  const output = new Output(reader);
  output.data(LONG_LINE);
  output.data('kept');
  reader.catchUp();
  await deadline(output.flush(), () => 'the reader to take all');
  assert.equal(reader.text, `${LONG_LINE}\nkept\n`);
});

test('a flush with a limit ends although the reader takes nothing', async () => {
  const output = new Output(new SlowReader());
  output.data('a');
  await deadline(output.flush(1), () => 'the flush to give up');
});

test('a flush of nothing ends at once', async () => {
  await deadline(new Output(new SlowReader()).flush(), () => 'the flush of nothing');
});

test('a reader that has gone ends the flush, and what follows is not written', async () => {
  const reader = new SlowReader();
  const output = new Output(reader);
  output.data('a');
  const flushed = output.flush();
  const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  reader.destroy(gone);
  await deadline(flushed, () => 'the flush to see that the reader has gone');
  assert.equal(output.broken.aborted, true);
  assert.equal(output.broken.reason, gone);
  output.data('b');
  output.narrate('c');
  await deadline(output.flush(), () => 'the flush to a reader that has gone');
  assert.equal(reader.text, 'a\n');
});

for (const [code, failure] of [
  ['EPIPE', null],
  ['ECONNRESET', null],
  ['ENOSPC', 'ENOSPC'],
] as const) {
  test(`${code} is ${failure === null ? 'a reader who has gone, no' : 'a'} failure`, async () => {
    const reader = new SlowReader();
    const output = new Output(reader);
    assert.equal(output.failure, null);
    reader.destroy(Object.assign(new Error(`write ${code}`), { code }));
    await deadline(output.flush(), () => 'the flush to see the failure');
    assert.equal(output.failure, failure);
  });
}
