import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readKeyFile } from '../../../src/options/key-file.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'echogram-key-'));
after(() => {
  rmSync(FOLDER, { recursive: true });
});

function fileOf(octets: string | Uint8Array): string {
  const path = join(FOLDER, 'key');
  writeFileSync(path, octets);
  return path;
}

test('a key is the octets of its file', async () => {
  const octets = Uint8Array.from({ length: 16 }, (_, index) => index * 16);
  assert.deepEqual(Uint8Array.from(await readKeyFile('--key-file', fileOf(octets))), octets);
});

for (const [what, end] of [
  ['a line end', '\n'],
  ['one of the other system', '\r\n'],
  ['none', ''],
] as const) {
  test(`one line of text is the same key with ${what}`, async () => {
    const key = await readKeyFile('--key-file', fileOf(`0123456789abcdef ${end}`));
    assert.equal(Buffer.from(key).toString(), '0123456789abcdef ');
  });
}

test('octets that are no text keep a line end that is their last', async () => {
  const octets = Uint8Array.from({ length: 16 }, (_, index) => (index === 15 ? 10 : 200));
  assert.deepEqual(Uint8Array.from(await readKeyFile('--key-file', fileOf(octets))), octets);
});

for (const [what, content, rule] of [
  ['a short one', 'fifteen octets.\n', 'a file with a key of 16 to 4096 bytes (it has 15)'],
  ['an empty one', '', 'a file with a key of 16 to 4096 bytes (it has 0)'],
  ['a long one', Buffer.alloc(4097, 1), 'a file with a key of 16 to 4096 bytes (it has more)'],
] as const) {
  test(`${what} is refused in one line that has nothing of it`, async () => {
    const path = fileOf(content);
    await assert.rejects(readKeyFile('--key-file', path), {
      code: 'ECHOGRAM_ERR_OPTION_VALUE',
      message: `--key-file must be ${rule}, got \`${path}\`; make one with: head -c 32 /dev/urandom > FILE`,
    });
  });
}

test('the longest key is one', async () => {
  const octets = Buffer.alloc(4096, 1);
  assert.equal((await readKeyFile('--key-file', fileOf(octets))).length, 4096);
});

test('a file that is missing is refused with the reason', async () => {
  const path = join(FOLDER, 'nowhere');
  await assert.rejects(readKeyFile('--key-file', path), {
    message: `--key-file must be a file that can be read (ENOENT), got \`${path}\``,
  });
});

test('a file that never ends is refused', async () => {
  await assert.rejects(readKeyFile('--key-file', '/dev/zero'), /it has more/);
});
