// Runs the fixtures of docs/testing.md as a reader would: the code on the page, the packed package, the runner.
// Each passes as it stands; with an expectation that is wrong it fails, and ends. Run it through npm: npm run
// check-runners, on a Node that the newest Vitest supports (22.12 or later).

import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { install, withPackedPackage } from './packed-package.js';

const PAGE = readFileSync(join('docs', 'testing.md'), 'utf8');

/** By the heading that its fixture stands under. The page names these versions. */
const RUNNERS = [
  { heading: 'node:test', packages: [], args: ['--test'] },
  { heading: 'Without a fixture', packages: [], args: ['--test'] },
  { heading: 'A bad network in front of your own server', packages: [], args: ['--test'] },
  {
    heading: 'Vitest',
    packages: ['vitest@5.1.1'],
    args: ['node_modules/vitest/vitest.mjs', 'run'],
  },
  {
    heading: 'Jest',
    packages: ['jest@30.5.2'],
    args: ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js'],
  },
];

/** A run takes seconds; one that hangs is ended by then, and has failed. */
const DEADLINE_MS = 120_000;

await withPackedPackage((folder, tarball) => {
  for (const [index, runner] of RUNNERS.entries()) {
    const project = join(folder, `runner-${index}`);
    mkdirSync(project);
    install(project, tarball, ...runner.packages);
    writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
    tryRunner(runner, project);
  }
});

function tryRunner({ heading, args }, project) {
  const fixture = codeUnder(heading);
  const passing = runTest(project, args, fixture);
  assert.equal(passing.status, 0, `${heading}: ${passing.output}`);
  process.stdout.write(`${heading}: passes\n`);

  const failing = runTest(project, args, withWrongExpectation(fixture));
  assert.equal(failing.status, 1, `${heading}, expecting false: ${failing.output}`);
  assert.match(failing.output, /false/, `${heading} does not tell what it expected`);
  process.stdout.write(`${heading}: a test that fails ends\n`);
}

/** The first block of code under a heading of the page. */
function codeUnder(heading) {
  const section = PAGE.split(/^## /m).find((text) => text.startsWith(`${heading}\n`));
  const [, code] = /^```js\n([^]*?)^```$/m.exec(section ?? '') ?? [];
  assert.ok(code !== undefined, `docs/testing.md has no code under ${heading}`);
  return code;
}

function withWrongExpectation(fixture) {
  const wrong = fixture.replace(/((?:reply\.matches|received\.size).*)\btrue\b/, '$1false');
  assert.notEqual(wrong, fixture, 'the fixture expects something else than it did');
  return wrong;
}

/** `status` is null if it did not end. */
function runTest(project, args, code) {
  writeFileSync(join(project, 'echo.test.js'), code);
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: project,
    encoding: 'utf8',
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  return { status, output: `${stdout}${stderr}` };
}
