// The table of docs/measuring.md against the codes and exit codes of the program.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXIT_CODE } from '../../src/cli/exit-code.ts';
import { repositoryText } from '../helpers/repository.ts';
import { verdictCodes } from '../helpers/json-schema.ts';

const ROW = /^\|[^|]+\|[^|]+\| `([A-Z_]+)` +\| (\d) +\|$/gm;

test('the table of verdicts has each code, in order, with its exit code', () => {
  const rows = [...repositoryText('docs/measuring.md').matchAll(ROW)];
  const exitCodes = new Map(rows.map(([, code, exitCode]) => [code, Number(exitCode)]));
  assert.deepEqual(
    [...exitCodes],
    verdictCodes().map((code) => [code, EXIT_CODE[code]]),
  );
  for (const [row, code, exitCode] of rows)
    assert.equal(exitCodes.get(code), Number(exitCode), row);
});
