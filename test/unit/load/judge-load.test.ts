// The verdict on a load.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadVerdictCodes, loadViolations } from '../../helpers/json-schema.ts';
import { LOAD_VERDICTS } from '../../helpers/load-verdicts.ts';
import { madeLoad } from '../../helpers/made-load.ts';

for (const [title, changes, code, sentences] of LOAD_VERDICTS) {
  test(`the verdict on ${title}`, () => {
    const result = madeLoad(changes);
    assert.deepEqual(result.verdict, { code, sentences });
    assert.deepEqual(loadViolations(result), []);
  });
}

test('each code of the schema has a case here', () => {
  const codes = new Set(LOAD_VERDICTS.map(([, , code]) => code));
  assert.deepEqual(
    loadVerdictCodes().filter((code) => !codes.has(code)),
    [],
  );
});
