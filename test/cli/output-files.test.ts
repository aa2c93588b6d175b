// Files that ping and report write: what they held is kept until there is something to write.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { linkSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { Program, runEchogram } from '../helpers/programs.ts';
import { needsLinux, needsNamespaces } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** Longer than anything that is written over it. */
const OLD = 'an old recording\n'.repeat(100_000);

const MEASURED = ['-c', '2', '-i', '10ms', '-W', '20s'];

function oldFile(t: TestContext): string {
  const file = join(temporaryFolder(t), 'old');
  writeFileSync(file, OLD);
  return file;
}

for (const flag of ['--jsonl', '--csv', '--report']) {
  for (const [what, args] of [
    // RFC 6761 section 6.4: a name under "invalid" never resolves.
    ['a host that has no address', ['host.invalid']],
    // RFC 5737: nobody has 192.0.2.1.
    ['a flood', ['192.0.2.1', '--rate', '5000']],
    ['an engine that lacks what is asked for', ['127.0.0.1', '--dscp', '3', '--engine=portable']],
    ['a flag that needs another', ['127.0.0.1', '--web-token', 'x'.repeat(16)]],
  ] as const) {
    test(`${what} leaves the file of ${flag} as it was`, async (t) => {
      const file = oldFile(t);
      const { exitCode } = await runEchogram(t, ['ping', ...args, flag, file]);
      assert.equal(exitCode, 2);
      assert.equal(readFileSync(file, 'utf8'), OLD);
    });
  }

  test(`a measurement leaves nothing of what the file of ${flag} held`, async (t) => {
    const file = oldFile(t);
    await using echo = await PlainEcho.open();
    const args = ['ping', `127.0.0.1:${echo.port}`, ...MEASURED, flag, file];
    const { exitCode, stderr } = await runEchogram(t, args);
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.doesNotMatch(readFileSync(file, 'utf8'), /an old recording/);
  });
}

test(
  'a network that is not there leaves the file as it was',
  { skip: needsNamespaces() },
  async (t) => {
    const [host] = NetworkNamespace.createPair(t);
    const file = oldFile(t);
    // RFC 5737; the two hosts know no way out.
    const ending = await host.startEchogram(t, 'ping', '192.0.2.1', '--jsonl', file).ended();
    assert.match(ending.stderr, /ENETUNREACH/);
    assert.equal(readFileSync(file, 'utf8'), OLD);
  },
);

test('records go to a named pipe and to /dev/null', { skip: needsLinux() }, async (t) => {
  const fifo = join(temporaryFolder(t), 'fifo');
  execFileSync('mkfifo', [fifo]);
  const reader = new Program(t, 'cat', [fifo]);
  await using echo = await PlainEcho.open();
  const files = ['--jsonl', fifo, '--csv', '/dev/null', '--report', '/dev/null'];
  const args = ['ping', `127.0.0.1:${echo.port}`, ...MEASURED, ...files];
  const { exitCode, stderr } = await runEchogram(t, args);
  assert.deepEqual([exitCode, stderr], [0, '']);
  assert.match((await reader.ended()).stdout, /^\{"type":"session".*\n\{"type":"result".*\n$/s);
});

for (const [what, make] of [
  ['the same name', (file: string) => file],
  ['another spelling', (file: string) => join(file, '..', '.', 'old')],
  ['a symbolic link', (file: string) => linked(file, symlinkSync)],
  ['a hard link', (file: string) => linked(file, linkSync)],
] as const) {
  for (const [first, second] of [
    ['--jsonl', '--csv'],
    ['--jsonl', '--report'],
    ['--csv', '--report'],
  ] as const) {
    test(`${first} and ${second} to one file by ${what} are refused`, async (t) => {
      const file = oldFile(t);
      const other = make(file);
      const args = ['ping', '127.0.0.1', '-c', '1', second, other, first, file];
      const { stdout, stderr, exitCode } = await runEchogram(t, args);
      const line = `echogram: ${second} must be another file than ${first}, got \`${other}\`\n`;
      assert.deepEqual([exitCode, stdout, stderr], [2, '', line]);
      assert.equal(readFileSync(file, 'utf8'), OLD);
    });
  }
}

function linked(file: string, link: (from: string, to: string) => void): string {
  const name = `${file}-linked`;
  link(file, name);
  return name;
}
