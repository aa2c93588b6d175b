import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VERSION } from '../../src/version.ts';
import { repositoryText } from '../helpers/repository.ts';

test("the version is package.json's", () => {
  const { version } = JSON.parse(repositoryText('package.json')) as { version: string };
  assert.equal(VERSION, version);
});
