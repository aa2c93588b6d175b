// A CommonJS program requires the package, as it is shipped, with what Node allows it by default.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Program } from '../helpers/programs.ts';

/** By its own name, so that the package's `exports` decide what is loaded. */
const REQUIRE_AND_IMPORT = `
const required = require('echogram');
import('echogram').then(async (imported) => {
  const names = Object.keys(required);
  const differ = names.filter((name) => required[name] !== imported[name]);
  const server = await required.serve({ port: 0 });
  const { matches } = await imported.send('x', { port: server.port });
  await server.close();
  const error = await required.serve({ port: -1 }).catch((error) => error);
  console.log(JSON.stringify({
    names,
    differ,
    matches,
    isOptionError: error instanceof imported.OptionError,
  }));
});
`;

test('require gives what import gives: the same functions, and the same classes', async (t) => {
  const { stdout, stderr, exitCode } = await new Program(t, process.execPath, [
    '--eval',
    REQUIRE_AND_IMPORT,
  ]).ended();

  assert.equal(exitCode, 0, stderr);
  const { names, ...found } = JSON.parse(stdout) as { names: string[] };
  assert.ok(names.includes('serve') && names.includes('OptionError'), stdout);
  assert.deepEqual(found, { differ: [], matches: true, isOptionError: true });
  // 22.12 still calls it experimental.
  if (!process.version.startsWith('v22.12.')) assert.equal(stderr, '');
});
