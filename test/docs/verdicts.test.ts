// The tables of verdicts in docs/ against the codes and exit codes of the program.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXIT_CODE } from '../../src/cli/exit-code.ts';
import { repositoryText } from '../helpers/repository.ts';
import { loadVerdictCodes, mtuVerdictCodes, verdictCodes } from '../helpers/json-schema.ts';

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

for (const [page, codes] of [
  ['docs/load.md', loadVerdictCodes()],
  ['docs/mtu.md', mtuVerdictCodes()],
] as const) {
  test(`the table of verdicts in ${page} has each code, in order`, () => {
    const [, table = ''] = /^\| (?:code|`verdict\.code`) .*\n\|[ -|]+\|\n((?:\|.*\n)+)/m.exec(
      repositoryText(page),
    )!;
    const named = table.split('\n').flatMap((row) => codesIn(row.split('|')[1] ?? ''));
    assert.deepEqual(named, codes);
  });
}

function codesIn(cell: string): string[] {
  return [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code!);
}
