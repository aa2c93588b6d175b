import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { FileStream } from '../../../src/cli/file-stream.ts';
import { Output, type LogListener } from '../../../src/cli/output.ts';
import { deadline, until } from '../../helpers/deadline.ts';
import { firstSkip, needsLinux, needsProgram } from '../../helpers/skips.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

/** A log of what is told, in order. */
function told(): LogListener & { readonly events: string[] } {
  const events: string[] = [];
  return {
    events,
    onFailure: (systemCode, isForGood) => events.push(`${systemCode} ${isForGood}`),
    onRecovery: (lines) => events.push(`recovered ${lines}`),
  };
}

function opened(t: TestContext, path: string, flags: number): FileStream {
  const stream = new FileStream(openSync(path, flags));
  t.after(() => {
    stream.destroy();
    closeSync(stream.fd);
  });
  return stream;
}

test(
  'a log on a full disk counts each line that is not written, and tells of the first',
  {
    skip: needsLinux(),
  },
  (t) => {
    const output = new Output(opened(t, '/dev/full', constants.O_WRONLY));
    const log = told();
    output.keepLog(log);
    output.narrate('a', 'b');
    output.data('c');
    assert.deepEqual([log.events, output.missingLines], [['ENOSPC false'], 3]);
    assert.deepEqual([output.failure, output.broken.aborted], [null, false]);
  },
);

test('what is no log fails for good', { skip: needsLinux() }, async (t) => {
  const output = new Output(opened(t, '/dev/full', constants.O_WRONLY));
  output.data('a');
  assert.equal(output.failure, 'ENOSPC');
  await deadline(output.flush(), () => 'the flush of what has failed');
});

/**
 * A file that takes so many bytes and no more, until they are read: a pipe that does not block, of which the
 * kernel takes a part of a long text too.
 */
class SmallFile {
  readonly stream: FileStream;

  constructor(t: TestContext) {
    const path = join(temporaryFolder(t), 'pipe');
    assert.equal(spawnSync('mkfifo', [path]).status, 0);
    // Open for both, it has a reader for ever.
    this.stream = opened(t, path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  /** What is in it; then it is empty. */
  take(): string {
    const bytes = Buffer.alloc(2 * 1024 * 1024);
    return bytes.toString('utf8', 0, readSync(this.stream.fd, bytes));
  }
}

/** Not of a length that a page of memory has twice. */
const LONG = 'x'.repeat(5000);

/** A log whose file has taken what it can, and a part of the last line. */
function fullLog(t: TestContext) {
  const file = new SmallFile(t);
  const output = new Output(file.stream);
  const log = told();
  output.keepLog(log);
  while (log.events.length === 0) output.narrate(LONG);
  const text = file.take();
  assert.ok(text.startsWith(`${LONG}\n`) && text.endsWith('x'));
  return { file, output, log };
}

const skip = firstSkip(needsLinux(), needsProgram('mkfifo'));

test(
  'a log goes on where there is room again, beneath a line that tells of the gap',
  { skip },
  async (t) => {
    const { file, output, log } = fullLog(t);
    output.narrate('lost', 'lost');
    output.narrate('lost');
    await until(() => log.events.length > 1, 'the log to go on');
    output.narrate('a');
    assert.deepEqual(log.events, ['EAGAIN false', 'recovered 4']);
    assert.equal(file.take(), '\n(4 lines not written: EAGAIN)\na\n');
    assert.equal(output.missingLines, 4);
  },
);

test('data are tried at once', { skip }, (t) => {
  const { file, output, log } = fullLog(t);
  output.data('closed');
  assert.equal(file.take(), '\n(1 line not written: EAGAIN)\nclosed\n');
  assert.deepEqual(log.events, ['EAGAIN false', 'recovered 1']);
});

test('the end tries once more to tell of a gap', { skip }, async (t) => {
  const { file, output } = fullLog(t);
  output.narrate('lost');
  await deadline(output.flush(), () => 'the flush');
  assert.equal(file.take(), '\n(2 lines not written: EAGAIN)\n');
});

test('a second outage is told of as the first', { skip }, async (t) => {
  const { file, output, log } = fullLog(t);
  output.data('again');
  while (log.events.length < 3) output.narrate(LONG);
  file.take();
  await until(() => log.events.length > 3, 'the log to go on');
  assert.deepEqual(log.events.slice(2), ['EAGAIN false', 'recovered 1']);
  assert.equal(output.missingLines, 2);
});
