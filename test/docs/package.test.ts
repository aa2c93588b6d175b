// What the tarball holds that npm would publish: each file that its documents name.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test, { type TestContext } from 'node:test';
import { VERSION } from '../../src/version.ts';
import { Program } from '../helpers/programs.ts';
import { repositoryPath } from '../helpers/repository.ts';
import { needsProgram } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

test(
  'each link and picture of a packed document is in the tarball',
  { skip: process.platform === 'win32' ? 'npm is no program there' : needsProgram('npm') },
  async (t) => {
    const script = repositoryPath('scripts/check-links.js');
    const options = { cwd: unpacked(t) };
    const { stderr, exitCode } = await new Program(t, process.execPath, [script], options).ended();
    assert.deepEqual([stderr, exitCode], ['', 0]);
  },
);

/** The folder of the tarball. */
function unpacked(t: TestContext): string {
  const folder = temporaryFolder(t);
  const pack = ['npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', folder];
  for (const [command = '', ...args] of [
    pack,
    ['tar', '-xzf', `${folder}/echogram-${VERSION}.tgz`, '-C', folder],
  ]) {
    const { status, stderr } = spawnSync(command, args, {
      cwd: repositoryPath('.'),
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  }
  return `${folder}/package`;
}
