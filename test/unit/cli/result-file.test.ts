// What a file may be beside a result: each gets one line that says what is wrong with it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readResultFile } from '../../../src/cli/result-file.ts';
import { checkHostileFiles } from '../../helpers/hostile-file.ts';
import { madeResult } from '../../helpers/made-result.ts';

async function* repeated(chunk: Uint8Array, times: number): AsyncGenerator<Uint8Array> {
  for (let time = 0; time < times; time++) yield await Promise.resolve(chunk);
}

const MIB = 1024 * 1024;

const NO_RESULT = 'it is not the output of ping --json, ping --jsonl or load --json';

const RESULT = JSON.stringify(madeResult());

const DEEP = 'it nests lists and objects more than 16 levels deep, which no result does';

for (const [what, bytes, reason] of [
  ['a line of 500 MB', repeated(Buffer.alloc(MIB, 'x'), 500), NO_RESULT],
  ['64 MiB of line ends', repeated(Buffer.alloc(MIB, '\n'), 64), 'it is empty'],
  ['a gigabyte of lines', repeated(Buffer.alloc(MIB, 'x\n'), 1024), NO_RESULT],
  ['a million brackets', repeated(Buffer.from(`{"a":${'['.repeat(MIB)}`), 1), DEEP],
  ['an endless text', repeated(Buffer.from(`{"${'\\"'.repeat(1000)}`), 1), NO_RESULT],
  [
    'UTF-16',
    repeated(Buffer.from(`\uFEFF${RESULT}`, 'utf16le'), 1),
    'it is UTF-16; write it as UTF-8 (PowerShell: | Out-File -Encoding utf8)',
  ],
  ['octets', repeated(Buffer.from([0, 255, 1, 254, 0x80]), 1), NO_RESULT],
] as const) {
  test(`${what} gets one line`, async () => {
    await assert.rejects(readResultFile({ name: 'x', bytes }), {
      code: 'ECHOGRAM_ERR_RESULT_FILE',
      message: `cannot show x: ${reason}`,
    });
  });
}

test('a file that was tampered with is shown, or gets one line', async () => {
  await checkHostileFiles(200);
});
