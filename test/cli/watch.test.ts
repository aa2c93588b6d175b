// echogram watch as a program: what it prints, how it reloads, and how it ends.

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { until } from '../helpers/deadline.ts';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { runEchogram, startEchogram, type Program } from '../helpers/programs.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** Fast enough for a quick test; a machine that stalls for seconds makes no reply late. */
const QUICK = ['-i', '20ms', '-W', '5s', '--listen', 'none'];

async function openEcho(t: TestContext): Promise<string> {
  const echo = await PlainEcho.open();
  t.after(() => echo[Symbol.asyncDispose]());
  return `127.0.0.1:${echo.port}`;
}

async function stopped(program: Program): Promise<string> {
  program.child.kill('SIGINT');
  const { exitCode, stdout } = await program.ended();
  assert.equal(exitCode, 0);
  return stdout;
}

test('targets are told as their states change, and counted when it is stopped', async (t) => {
  const echo = await openEcho(t);
  const watch = startEchogram(t, ['watch', echo, 'nosuch.invalid', ...QUICK]);
  await watch.untilStderr(/^echogram: watching 2 targets; history in memory alone/m);
  await watch.untilStdout(new RegExp(`^\\S+Z ${echo} WORKS Works: 0 lost of \\d+\\.$`, 'm'));
  await watch.untilStdout(/^\S+Z nosuch\.invalid UNRESOLVED Nothing is sent: /m);
  const stdout = await stopped(watch);
  assert.match(stdout, /^\S+Z - stopped the watch was stopped\n--- 2 targets, [\d.]+ m?s ---$/m);
  assert.match(
    stdout,
    /^nosuch\.invalid: 0 sent, 0 lost, 0 late \(-\).*, p50 -, p99 -, at the end: no address$/m,
  );
  const line = new RegExp(
    `^${echo}: (\\d+) sent, 0 lost, 0 late \\(0 %\\).*, p50 .*, at the end: works$`,
    'm',
  );
  assert.match(stdout, line);
  // An unresolvable name leads to no failure, and a stop to none either: exit code 0, above.
});

test('with --quiet there is the summary alone', async (t) => {
  const echo = await openEcho(t);
  const watch = startEchogram(t, ['watch', echo, '--quiet', ...QUICK]);
  await watch.untilStderr(/watching 1 target;/);
  assert.match(await stopped(watch), /^--- 1 target, [^\n]+---\n[^\n]+\n$/);
});

interface Line {
  readonly event: string;
  readonly counts?: Readonly<Record<string, number>>;
  readonly targets?: readonly {
    readonly key: string;
    readonly sent: number;
    readonly probe: object;
  }[];
  readonly rttRows?: readonly number[];
  readonly sources?: readonly { readonly error: string | null }[];
}

test('with --json each line is an object, and columns add up to the summary', async (t) => {
  const echo = await openEcho(t);
  const watch = startEchogram(t, ['watch', echo, '--json', ...QUICK]);
  await watch.untilStdout(/"event":"state"/);
  const lines = (await stopped(watch))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  assert.equal(lines[0]!.event, 'watching');
  assert.deepEqual(lines[0]!.targets!.map(({ key }) => key), [`${echo} default`]); // prettier-ignore
  // A key is secret: that there is one is all that is told.
  assert.ok(!('key' in lines[0]!.targets![0]!.probe));
  const columns = lines.filter(({ event }) => event === 'column');
  const received = columns.reduce((sum, { counts }) => sum + counts!['received']!, 0);
  assert.ok(received > 0);
  const inRows = columns.flatMap(({ rttRows }) => rttRows!.filter((_, at) => at % 2 === 1));
  assert.equal(
    inRows.reduce((sum, count) => sum + count, 0),
    received,
  );
  const summary = lines.at(-1)!;
  assert.deepEqual([summary.event, summary.targets![0]!.sent], ['summary', received]);
});

test('a list of targets that can’t be read at the start is a warning, and in the first line of --json', async (t) => {
  const file = join(temporaryFolder(t), 'watch.yaml');
  writeFileSync(file, 'targets: [127.0.0.1, { file_sd: [missing.json] }]\n');
  const problem = "missing.json: it can't be read (ENOENT)";
  const watch = startEchogram(t, ['watch', '--config', file, '--json', '--listen', '127.0.0.1:0']);
  await watch.untilStderr(/^echogram: warning: file_sd \S+missing\.json: .*\n/m);
  assert.ok(watch.stderr.includes(`missing.json: ${problem}\n`), watch.stderr);
  await watch.untilStdout(/"event":"watching".*\n/);
  const { sources } = JSON.parse(watch.stdout.split('\n')[0]!) as Line;
  assert.deepEqual(sources!.map(({ error }) => error), [problem]); // prettier-ignore
  await stopped(watch);
});

const CONFIG = (targets: string): string =>
  `probes: { default: { interval: 20ms, timeout: 5s } }\ntargets: ${targets}\n`;

test('SIGHUP reads the file again: targets that stay go on, and a bad file changes nothing', async (t) => {
  const [first, second] = [await openEcho(t), await openEcho(t)];
  const file = join(temporaryFolder(t), 'watch.yaml');
  writeFileSync(file, CONFIG(`["${first}"]`));
  const watch = startEchogram(t, ['watch', '--config', file, '--listen', 'none']);
  await watch.untilStdout(/ WORKS /);
  writeFileSync(file, CONFIG(`["${first}", "${second}"]`));
  watch.child.kill('SIGHUP');
  await watch.untilStderr(/^echogram: the configuration was replaced$/m);
  await watch.untilStdout(new RegExp(` ${second} WORKS `));
  // A reader must never see half of it.
  writeFileSync(`${file}.new`, `${CONFIG(`["${first}"]`)}nonsense: 1\n`);
  renameSync(`${file}.new`, file);
  watch.child.kill('SIGHUP');
  await watch.untilStderr(
    /^echogram: the configuration stays as it was: .*watch\.yaml:3:1: nonsense/m,
  );
  await watch.untilStdout(/ - config_refused .*watch\.yaml:3:1: /);
  const stdout = await stopped(watch);
  assert.match(stdout, /^--- 2 targets, /m);
  assert.equal(stdout.match(new RegExp(` ${first} WORKS `, 'g'))!.length, 1);
});

test('a file that is replaced is read again without being asked', async (t) => {
  const [first, second] = [await openEcho(t), await openEcho(t)];
  const file = join(temporaryFolder(t), 'watch.yaml');
  writeFileSync(file, CONFIG(`["${first}"]`));
  const watch = startEchogram(t, ['watch', '--config', file, '--listen', 'none']);
  await watch.untilStdout(/ WORKS /);
  writeFileSync(`${file}.new`, CONFIG(`["${second}"]`));
  renameSync(`${file}.new`, file);
  await watch.untilStdout(new RegExp(` ${second} WORKS `));
  assert.match(await stopped(watch), /^--- 1 target, /m);
});

test('its listener has page, metrics and health, and reloads only where that is allowed', async (t) => {
  const echo = await openEcho(t);
  const file = join(temporaryFolder(t), 'watch.yaml');
  writeFileSync(file, CONFIG(`["${echo}"]`));
  const listen = ['--listen', '0', '--metrics', '0', '--web-lifecycle'];
  const watch = startEchogram(t, ['watch', '--config', file, '--json', ...listen]);
  const [, page, metrics] = await watch.untilStderr(
    /page at (\S+)\/, metrics at .*\nechogram: metrics at (\S+)\/metrics\n/,
  );
  const statusOf = async (url: string, method = 'GET'): Promise<number> => {
    const { status } = await fetch(url, { method });
    return status;
  };
  await watch.untilStdout(/"event":"watching"/);
  assert.equal(await statusOf(`${page}/`), 200);
  assert.equal(await statusOf(`${page}/-/ready`), 200);
  assert.equal(await statusOf(`${metrics}/metrics`), 200);
  assert.equal(await statusOf(`${metrics}/`), 404);
  assert.equal(await statusOf(`${page}/-/reload`, 'POST'), 200);
  await watch.untilStdout(/"event":"config_reloaded"/);
  writeFileSync(file, 'targets: 7\n');
  assert.equal(await statusOf(`${page}/-/reload`, 'POST'), 400);
  await watch.untilStdout(/"event":"config_refused"/);
  // Requests within a tenth of a second get the same text.
  await until(async () => {
    const text = await (await fetch(`${metrics}/metrics`)).text();
    return /^echogram_watch_config_last_reload_successful 0$/m.test(text);
  }, 'the refusal to be seen in the metrics');
  await stopped(watch);
});

test('beyond loopback the page needs a token or users', async (t) => {
  const { exitCode, stderr } = await runEchogram(t, ['watch', 'a', '--listen', '0.0.0.0:0']);
  assert.equal(exitCode, 2);
  assert.match(stderr, /the host of --listen must be a loopback address unless users/);
});

test('without a file SIGHUP stops it', async (t) => {
  const watch = startEchogram(t, ['watch', await openEcho(t), ...QUICK]);
  await watch.untilStderr(/watching 1 target;/);
  watch.child.kill('SIGHUP');
  const { exitCode, stdout } = await watch.ended();
  assert.equal(exitCode, 0);
  assert.match(stdout, /^--- 1 target, /m);
});

test('a second signal does not wait for what is on its way', async (t) => {
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  t.after(() => silent.close());
  await once(silent, 'listening');
  const target = `127.0.0.1:${silent.address().port}`;
  const watch = startEchogram(t, ['watch', target, '-W', '60s', '--listen', 'none']);
  // One probe at least is on its way.
  await once(silent, 'message');
  watch.child.kill('SIGTERM');
  // One at a time: two that are pending are one.
  await watch.untilStderr(/waiting for the last replies/);
  watch.child.kill('SIGTERM');
  const { exitCode } = await watch.ended();
  assert.equal(exitCode, 143);
});

test('what is wrong with the command line is told with exit code 2', async (t) => {
  const file = join(temporaryFolder(t), 'watch.yaml');
  writeFileSync(file, CONFIG('["127.0.0.1"]'));
  const rows: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [[], /the targets must be given as HOST\[:PORT\], one or more, or by --config/],
    [
      ['--config', file, 'a'],
      /--config must be given without targets on the command line, got `a`/,
    ],
    [['--config', file, '-i', '1s'], /--interval.* cannot be used with.*--config/],
    [['a', '-i', '9ms'], /--interval must be a duration from 10ms to /],
    [['a', 'a'], /must have another name or probe/],
    [['--config', `${file}.none`], /watch\.yaml\.none: the configuration can't be read \(ENOENT\)/],
    [['a', '--web-lifecycle'], /--web-lifecycle must be given with --config only/],
    [['a', '--listen', 'none:x'], /--listen must be \[HOST:\]PORT/],
    [
      ['a', '--listen', 'none', '--prometheus', 'http://u:geheim@[::1]'],
      /^echogram: --prometheus must be left out, because --listen is none$/m,
    ],
    [
      ['a', '--listen', 'none', '--metrics', '0', '--prometheus', 'http://[::1]'],
      /--prometheus must be left out, because --listen is none/,
    ],
    [
      ['a', '--listen', 'none', '--web-token', 'sixteen-letters-0'],
      /--web-token must be left out, because --listen is none$/m,
    ],
  ];
  for (const [args, message] of rows) {
    const { exitCode, stdout, stderr } = await runEchogram(t, ['watch', ...args]);
    assert.match(stderr, message);
    assert.deepEqual([exitCode, stdout], [2, '']);
  }
});

test('--check says what would be probed, and probes nothing', async (t) => {
  const { exitCode, stdout, stderr } = await runEchogram(t, ['watch', 'a', 'b:7', '--check']);
  assert.deepEqual([exitCode, stderr], [0, '']);
  assert.match(stdout, /\ba\b[^]*\bb\b/);
});
