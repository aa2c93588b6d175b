// Holds the map of docs/architecture.md to the tree.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { sep } from 'node:path';
import { test } from 'node:test';
import { mapProblems, type Tree } from '../helpers/architecture-map.ts';
import { repositoryPath, repositoryText } from '../helpers/repository.ts';

const [MAP = ''] = /(?<=^```text\n)src\/\n[^]*?(?=\n```$)/m.exec(
  repositoryText('docs/architecture.md'),
) ?? [''];

const TREE: Tree = {
  files: new Set(
    ['src', 'test', 'bench', 'schema', 'examples', 'deploy', 'scripts', 'tools', 'docs'].flatMap(
      filesOf,
    ),
  ),
  wholes: [
    'src/browser',
    'src/cli/commands',
    'src/metrics',
    'src/report/page',
    'src/server/engines',
    'src/socket/linux',
    'src/socket/portable',
    'src/web/watch-page',
  ],
};

test('the map names each file of src, in its folder, and nothing that is not there', () => {
  assert.deepEqual(mapProblems(MAP, TREE), []);
});

test('the map names each folder of test', () => {
  const [ofTests = ''] = /^test\/ [^]*?(?=^\S)/m.exec(MAP) ?? [];
  const folders = readdirSync(repositoryPath('test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  assert.deepEqual(
    folders.filter((name) => !new RegExp(`\\b${name}\\b`).test(ofTests)),
    [],
  );
});

test('a file that no line names is found, whether it had a line or a mention', () => {
  assert.deepEqual(problemsWith(/^ +health\.ts .*\n/m, ''), ['src/server/health.ts is in no line']);
  assert.deepEqual(problemsWith(/adapt-commander\.ts/, 'an adapter'), [
    'src/cli/adapt-commander.ts is in no line',
  ]);
  const files = new Set([...TREE.files, 'src/report/host/rates.ts']);
  assert.deepEqual(mapProblems(MAP, { ...TREE, files }), [
    'src/report/host/rates.ts is in no line',
  ]);
});

test('a line that names what is not there, or not there, is found', () => {
  const [line = ''] = /^ +health\.ts .*$/m.exec(MAP) ?? [];
  const wrong = problemsWith(/^ {2}client\/$/m, `$&\n${line}`);
  assert.deepEqual(wrong, [`src/client/health.ts isn't there: "${line}"`]);
  assert.match(
    problemsWith(/\bprobe-loop\.ts/, 'p-loop.ts').join(),
    /engines\/p-loop\.ts isn't there/,
  );
  assert.match(problemsWith(/^ {4}host\//m, '    hosts/').join(), /client\/hosts isn't there/);
  assert.match(problemsWith(/^ {4}host\//m, '      host/').join(), /engines\/host isn't there/);
  assert.match(
    problemsWith(/^ {2}errors\.ts /m, '  any errors ').join(),
    /no entry: " {2}any errors/,
  );
});

test('a folder that is described as a whole has a line, and files that have none', () => {
  assert.match(problemsWith(/^ {4}linux\/ /m, '    ').join(), /src\/socket\/linux\/ is in no line/);
  const wholes = [...TREE.wholes, 'src/client/host'];
  const problems = mapProblems(MAP, { ...TREE, wholes });
  assert.deepEqual(problems, ['each file of src/client/host/ is named']);
});

function problemsWith(was: RegExp, is: string): string[] {
  assert.match(MAP, was);
  return mapProblems(MAP.replace(was, is), TREE);
}

/** Of a folder of the repository, as paths from its root. */
function filesOf(folder: string): string[] {
  return readdirSync(repositoryPath(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map(({ parentPath, name }) => `${parentPath}/${name}`.slice(repositoryPath('').length))
    .map((path) => path.replaceAll(sep, '/'));
}
