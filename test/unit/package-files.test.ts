import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { THREADS } from '../../src/package-files.ts';
import { repositoryPath } from '../helpers/repository.ts';

test('every thread is a compiled module and a bundle', () => {
  for (const path of Object.values(THREADS)) {
    for (const extension of ['js', 'cjs']) {
      assert.ok(existsSync(repositoryPath(`dist/${path}.${extension}`)), `${path}.${extension}`);
    }
  }
});

test('a bundle has nothing but ASCII, so that V8 keeps it in half the memory', () => {
  const files = readdirSync(repositoryPath('dist'), { recursive: true, encoding: 'utf8' });
  const bundles = files.filter((file) => file.endsWith('.cjs'));
  assert.ok(bundles.length > 10, 'they were not found');
  for (const bundle of bundles) {
    assert.match(readFileSync(repositoryPath(`dist/${bundle}`), 'latin1'), /^[\0-\x7F]*$/, bundle);
  }
});
