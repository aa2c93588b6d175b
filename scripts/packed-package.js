// The tarball that npm would publish, in a temporary folder, for scripts that use it as a stranger would.
// They run through npm, as they call it.

import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Packs into a folder of its own, which is gone after `use(folder, tarball)`. */
export async function withPackedPackage(use) {
  const folder = mkdtempSync(join(tmpdir(), 'echogram-pack-'));
  try {
    npm(process.cwd(), 'pack', '--silent', '--pack-destination', folder);
    const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    await use(folder, join(folder, tarball));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes `folder` a project and installs what is named there, without its scripts. */
export function install(folder, ...packages) {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const quietly = ['--silent', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  npm(folder, 'install', ...quietly, ...packages);
}

export function npm(cwd, ...args) {
  const npmProgram = process.env.npm_execpath;
  assert.ok(npmProgram !== undefined, 'run it through npm, by its name in package.json');
  return run(cwd, process.execPath, [npmProgram, ...args]);
}

/** Runs to its end and returns its standard output. @throws if it fails, with all that it said */
export function run(cwd, program, args) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  assert.equal(status, 0, `${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}
