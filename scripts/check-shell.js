// Checks the shell scripts of this checkout, and the commands in its workflows, with shellcheck. Run it from the
// repository's root: node scripts/check-shell.js

import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

const WORKFLOWS = '.github/workflows';

/** How a script says that it is one: by the shell that runs it, or, if another script reads it, by a comment. */
const SCRIPT = /^(?:#!.*\b(?:ba)?sh\n|(?:#.*\n)*# shellcheck shell=)/;

// SC2016, `$` in single quotes: programs for sed and node have it.
const FLAGS = ['--external-sources', '--exclude=SC2016', '--color=never'];

let problems = check([...FLAGS, ...scripts()], '');
for (const { where, run, shell } of commands()) {
  // What GitHub puts in is not known here. As GitHub runs it: https://docs.github.com/actions
  const text = `set -eo pipefail\n${run.replaceAll(/\$\{\{.*?\}\}/g, 'expression')}\n`;
  if (check([...FLAGS, `--shell=${shell}`, '-'], text) > 0) {
    process.stdout.write(`^ in ${where}\n`);
    problems += 1;
  }
}
if (problems > 0) process.exitCode = 1;

/** @returns 1 if it finds something, which it prints, else 0 */
function check(args, input) {
  const { status, error, stderr } = spawnSync('shellcheck', args, {
    input,
    stdio: ['pipe', 'inherit', 'pipe'],
    encoding: 'utf8',
  });
  if (error !== undefined) throw new Error('shellcheck is not installed', { cause: error });
  process.stderr.write(stderr);
  return status === 0 ? 0 : 1;
}

function scripts() {
  // This checkout may be another user's, which git refuses to read without being told.
  const args = ['-c', 'safe.directory=*', 'ls-files', '-z'];
  return execFileSync('git', args, { encoding: 'utf8' })
    .split('\0')
    .filter((path) => /(?:^|\/)[^.]+(?:\.sh)?$/.test(path))
    .filter((path) => SCRIPT.test(readFileSync(path, 'utf8')));
}

function commands() {
  return readdirSync(WORKFLOWS).flatMap((file) => {
    const { jobs } = parse(readFileSync(`${WORKFLOWS}/${file}`, 'utf8'));
    return Object.entries(jobs).flatMap(([job, { steps = [] }]) =>
      steps
        .filter(({ run }) => run !== undefined)
        .map(({ run, shell = 'bash' }) => ({ where: `${file}, job ${job}`, run, shell })),
    );
  });
}
