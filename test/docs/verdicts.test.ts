// The table of docs/measuring.md against the codes and exit codes of the program.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXIT_CODE } from '../../src/cli/exit-code.ts';
import { VERDICT_CODES } from '../../src/client/verdict/verdict-code.ts';
import { repositoryText } from '../helpers/repository.ts';

const ROW = /^\|[^|]+\|[^|]+\| `([A-Z_]+)` +\| (\d) +\|$/gm;

test('the table of verdicts has each code, in order, with its exit code', () => {
  const rows = [...repositoryText('docs/measuring.md').matchAll(ROW)];
  const exitCodes = new Map(rows.map(([, code, exitCode]) => [code, Number(exitCode)]));
  assert.deepEqual(
    [...exitCodes],
    VERDICT_CODES.map((code) => [code, EXIT_CODE[code]]),
  );
  for (const [row, code, exitCode] of rows)
    assert.equal(exitCodes.get(code), Number(exitCode), row);
});

test('the schema knows the same codes', () => {
  const schema = JSON.parse(repositoryText('schema/echogram.session-1.json')) as {
    $defs: { verdictCode: { enum: readonly string[] } };
  };
  assert.deepEqual(schema.$defs.verdictCode.enum, VERDICT_CODES);
});
