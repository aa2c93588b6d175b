import assert from 'node:assert/strict';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ConfigFile } from '../../../../src/watch/config/config-file.ts';
import { until } from '../../../helpers/deadline.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

/** What was told: targets, or the error. */
async function follow(t: TestContext, path: string): Promise<string[]> {
  const told: string[] = [];
  const file = new ConfigFile(path);
  t.after(() => {
    file[Symbol.dispose]();
  });
  await file.read();
  file.follow((config) => {
    config.then(
      ({ targets: [first] }) => told.push(typeof first === 'string' ? first : ''),
      (error: unknown) => told.push(String(error)),
    );
  });
  return told;
}

test('a file that was edited is told once, with what is wrong if it is', async (t) => {
  const path = join(temporaryFolder(t), 'watch.yaml');
  writeFileSync(path, 'targets: [a]');
  const told = await follow(t, path);
  writeFileSync(path, 'targets: [b]');
  await until(() => told.length === 1, 'the first edit');
  writeFileSync(path, 'targets: [b');
  await until(() => told.length === 2, 'the wrong edit');
  writeFileSync(path, 'targets: [b]');
  await until(() => told.length === 3, 'the last edit');
  assert.deepEqual([told[0], told[2]], ['b', 'b']);
  assert.match(told[1]!, /watch\.yaml:1:12: the configuration is not valid YAML: /);
});

test('a file whose link is swapped is told', async (t) => {
  const folder = temporaryFolder(t);
  const write = (version: string): void => {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, 'watch.yaml'), `targets: [${version}]`);
    symlinkSync(version, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  };
  write('v1');
  symlinkSync(join('..data', 'watch.yaml'), join(folder, 'watch.yaml'));
  const told = await follow(t, join(folder, 'watch.yaml'));
  write('v2');
  await until(() => told.length > 0, 'the swap');
  assert.deepEqual(told, ['v2']);
});
