// Files that ping and report write: what they held is kept until there is something to write.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { RECORD_CSV_HEADER } from '../../src/report/record-lines.ts';
import { until } from '../helpers/deadline.ts';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { BIN, Program, runEchogram, startEchogram } from '../helpers/programs.ts';
import { firstSkip, needsLinux, needsNamespaces, needsProgram } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** Longer than anything that is written over it. */
const OLD = 'an old recording\n'.repeat(100_000);

const CSV_COLUMNS = RECORD_CSV_HEADER.split(',').length;

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

  test(`a new name of ${flag} stays new where nothing is measured`, async (t) => {
    const folder = temporaryFolder(t);
    const files = [flag, join(folder, 'new')];
    const { exitCode } = await runEchogram(t, ['ping', 'host.invalid', ...files]);
    assert.equal(exitCode, 2);
    assert.deepEqual(readdirSync(folder), []);
  });

  for (const [what, descriptor] of [
    ['standard output', 1],
    ['standard error', 2],
  ] as const) {
    test(`${flag} to the file that ${what} goes to is refused`, async (t) => {
      const file = oldFile(t);
      const fd = openSync(file, 'a');
      const stdio: ('pipe' | number)[] = ['pipe', 'pipe', 'pipe'];
      stdio[descriptor] = fd;
      const args = ['ping', '127.0.0.1', '-c', '1', flag, file];
      const program = startEchogram(t, args, { stdio });
      closeSync(fd);
      const { exitCode } = await program.ended();
      const line = `echogram: ${flag} must be a different file from ${what}, got \`${file}\`\n`;
      assert.equal(exitCode, 2);
      assert.equal(
        descriptor === 1 ? program.stderr : readFileSync(file, 'utf8').slice(OLD.length),
        line,
      );
    });
  }

  test(`${flag} /dev/stdout is standard output`, { skip: needsLinux() }, async (t) => {
    const file = oldFile(t);
    const fd = openSync(file, 'a');
    await using echo = await PlainEcho.open();
    const args = ['ping', `127.0.0.1:${echo.port}`, ...MEASURED, flag, '/dev/stdout'];
    const program = startEchogram(t, args, { stdio: ['pipe', fd, 'pipe'] });
    closeSync(fd);
    const { stderr, exitCode } = await program.ended();
    assert.equal(exitCode, 0, stderr);
    const written = readFileSync(file, 'utf8');
    assert.ok(written.startsWith(OLD));
    assert.match(written.slice(OLD.length), /^(?:\{"type":"session"|type,at_ns,|<!doctype html>)/);
    assert.match(stderr, /UDP works/);
  });

  test(`a link of ${flag} leads to what is there, or to what is not yet`, async (t) => {
    const file = oldFile(t);
    const [link, dangling] = [`${file}-link`, `${file}-dangling`];
    symlinkSync(file, link);
    symlinkSync('../' + join(basename(join(file, '..')), 'made'), dangling);
    await using echo = await PlainEcho.open();
    for (const [name, target] of [
      [link, file],
      [dangling, join(file, '..', 'made')],
    ] as const) {
      const args = ['ping', `127.0.0.1:${echo.port}`, ...MEASURED, flag, name];
      const { exitCode, stderr } = await runEchogram(t, args);
      assert.deepEqual([exitCode, stderr], [0, '']);
      assert.ok(lstatSync(name).isSymbolicLink() && lstatSync(target).isFile());
      assert.match(
        readFileSync(target, 'utf8'),
        /^(?:\{"type":"session"|type,at_ns,|<!doctype html>)/,
      );
    }
  });

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

/** Each write past 4 KiB fails with EFBIG, as a full disk's would with ENOSPC. */
const SMALL_FILES = 'trap "" XFSZ; ulimit -f 4; exec "$0" "$@"';

test(
  'a page that can not be written whole leaves the old one, and nothing beside it',
  { skip: firstSkip(needsLinux(), needsProgram('bash')) },
  async (t) => {
    const file = oldFile(t);
    const folder = join(file, '..');
    await using echo = await PlainEcho.open();
    const args = ['ping', `127.0.0.1:${echo.port}`, ...MEASURED, '--report', file];
    const program = new Program(t, 'bash', ['-c', SMALL_FILES, process.execPath, BIN, ...args]);
    const { stderr, exitCode } = await program.ended();
    assert.deepEqual([exitCode, stderr], [2, `echogram: --report ${file}: cannot write (EFBIG)\n`]);
    assert.equal(readFileSync(file, 'utf8'), OLD);
    assert.deepEqual(readdirSync(folder), ['old']);
  },
);

test('a page takes the mode of the one before, and who reads that one still does', async (t) => {
  const file = oldFile(t);
  const reader = openSync(file, 'r');
  chmodSync(file, 0o640);
  await using echo = await PlainEcho.open();
  const args = ['ping', `127.0.0.1:${echo.port}`, ...MEASURED, '--report', file];
  assert.equal((await runEchogram(t, args)).exitCode, 0);
  assert.equal(statSync(file).mode & 0o777, 0o640);
  assert.equal(readFileSync(reader, 'utf8'), OLD);
  closeSync(reader);
  assert.match(readFileSync(file, 'utf8'), /^<!doctype html>/);
  assert.deepEqual(readdirSync(join(file, '..')), ['old']);
});

for (const [flag, line] of [
  ['--jsonl', /^\{.*\}$/],
  ['--csv', new RegExp(`^[a-z-]+,\\d+(?:,[^,]*){${CSV_COLUMNS - 2}}$`)],
] as const) {
  test(`a file of ${flag} that is copied and truncated has no hole`, async (t) => {
    const file = join(temporaryFolder(t), 'records');
    writeFileSync(file, '');
    await using echo = await PlainEcho.open();
    const args = ['ping', `127.0.0.1:${echo.port}`, '-i', '5ms', '-W', '20s', '--plain'];
    const client = startEchogram(t, [...args, flag, file]);
    const linesOf = (): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);
    await until(() => linesOf().length > 20, `20 lines in the file of ${flag}`);
    // What logrotate does for "copytruncate".
    copyFileSync(file, `${file}.1`);
    truncateSync(file, 0);
    await until(() => linesOf().length > 20, `20 lines more in the file of ${flag}`);
    client.child.kill('SIGINT');
    await client.ended();
    const [, ...whole] = linesOf();
    // The first may have been cut by the copying.
    for (const text of whole) assert.match(text, line);
    assert.ok(!readFileSync(file, 'utf8').includes('\0'));
  });
}

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
      const line = `echogram: ${second} must be a different file from ${first}, got \`${other}\`\n`;
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
