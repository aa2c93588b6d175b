// Wrong usage and its one line on standard error; help, version and the demo.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import {
  asInTheLesson,
  CLIENT_TRANSCRIPT,
  MESSAGE,
  SERVER_TRANSCRIPT,
  transcriptOf,
} from '../helpers/lesson.ts';
import { BIN, Program, runEchogram, startEchogram } from '../helpers/programs.ts';
import { firstSkip, needsLinux, needsProgram } from '../helpers/skips.ts';
import { UdpPeer } from '../helpers/udp.ts';
import type { Ending } from '../helpers/programs.ts';

/** Asserts exit code 2, nothing on standard output, and one line of this form on standard error. */
function assertRefused({ stdout, stderr, exitCode }: Ending, line: RegExp): void {
  assert.match(stderr, line);
  assert.match(stderr, /^echogram: [^\n]+\n$/);
  assert.deepEqual([stdout, exitCode], ['', 2]);
}

for (const [args, line] of [
  [['serv'], /unknown command 'serv'; did you mean serve\?$/m],
  [['help', 'sned'], /unknown command 'sned'; did you mean send\?$/m],
  [['help', 'answer'], /unknown command 'answer'; see 'echogram --help'$/m],
  [['help', '--loud'], /unknown option '--loud'; see 'echogram --help'$/m],
  [['sned'], /unknown command 'sned'; did you mean send\?$/m],
  [['answer'], /unknown command 'answer'; see 'echogram --help'$/m],
  [['--versoin'], /unknown option '--versoin'; did you mean --version\?$/m],
  [['serve', '--prot', '7000'], /unknown option '--prot'; did you mean --port\?$/m],
  [['send', '--time-out', '1s'], /unknown option '--time-out'; did you mean --timeout\?$/m],
  [['send', '--verbose'], /unknown option '--verbose'; see 'echogram send --help'$/m],
  [['serve', '--port', '70000'], /--port must be .* from 0 to 65535, got `70000`$/m],
  [['serve', '--port', '-1'], /--port must be .* from 0 to 65535, got `-1`$/m],
  [['serve', '--port', '1e3'], /--port must be .* from 0 to 65535, got `1e3`$/m],
  [['serve', '--port', ''], /--port must be .* from 0 to 65535, got ``$/m],
  [['serve', '--host', ''], /--host must be a host name or address of .*, got ``$/m],
  [
    ['serve', '--host', '0.0.0.0:7000'],
    /--host must be a host without a port, got `0\.0\.0\.0:7000`; give the port in/,
  ],
  [['serve', '--host', '[::1]:7000'], /--host must be a host without a port, got `\[::1\]:7000`;/],
  [['serve', '--engine', 'steam'], /--engine must be one of auto, linux, portable, got `steam`$/m],
  [['serve', '--impair', 'delay=2m'], /--impair delay must be .* to 60 seconds, .*, got `2m`;/],
  [
    ['watch', '192.0.2.7', '--prometheus', 'ftp://u:geheim@192.0.2.9'],
    /--prometheus must be a URL that begins with http:\/\/ or https:\/\/; write http:\/\/192\.0\.2\.7:9090$/m,
  ],
  [['send', '--port', '0'], /--port must be .* from 1 to 65535, got `0`$/m],
  [['send', '--port'], /option '-p, --port <port>' argument missing; see 'echogram send --help'$/m],
  [['send', '--timeout', 'banana'], /--timeout must be .*, got `banana`; write 500ms, 1s or 2m$/m],
  [['send', '--timeout', '0s'], /--timeout must be .*, got `0s`; write 500ms, 1s or 2m$/m],
  [['send', '--timeout', '500'], /--timeout must be .*, got `500`; write 500s or 500ms$/m],
  [['send', '--retries', 'many'], /--retries must be a whole number .*, got `many`$/m],
  [
    ['send', 'localhost', '--hex', 'abc'],
    /--hex must be pairs of .* digits, got `abc`; write 48 65/m,
  ],
  [['send', '-4', '-6'], /'-6, --ipv6' cannot be used with option '-4, --ipv4'; see/m],
  [['serve', '--quiet', '--json'], /'--json' cannot be used with option '-q, --quiet'; see/m],
  [
    ['send', 'now', 'three', 'words'],
    /Expected 2 arguments but got 3; see 'echogram send --help'$/m,
  ],
  [['serve', 'here'], /Expected 0 arguments but got 1; see 'echogram serve --help'$/m],
  // RFC 6761 section 6.4: a name under "invalid" never resolves, with a name server or without.
  [['serve', '--host', 'host.invalid'], /cannot resolve host "host\.invalid" \(\w+\); .*address$/m],
  [['send', 'host.invalid'], /cannot resolve host "host\.invalid" \(\w+\); .*address$/m],
  // RFC 5737: 192.0.2.0/24 is for documentation, so no host has it.
  [
    ['serve', '--host', '192.0.2.1'],
    /cannot bind 192\.0\.2\.1 .*EADDRNOTAVAIL.*; give an address of this/m,
  ],
] as const) {
  test(`refuses ${['echogram', ...args].join(' ')} in one line, with exit code 2`, async (t) => {
    assertRefused(await runEchogram(t, args), line);
  });
}

for (const [what, args, line] of [
  [
    'an unknown command',
    ['x\x1b[2J\n(Did you mean y?)\u202e'],
    String.raw`unknown command 'x\x1b[2J\n(Did you mean y?)\u{202e}'; see 'echogram --help'`,
  ],
  [
    'an unknown flag',
    ['send', '--x\r\n\x9b'],
    String.raw`unknown option '--x\r\n\u{9b}'; see 'echogram send --help'`,
  ],
  [
    'a wrong choice',
    ['serve', '--engine', 'a\nb'],
    '--engine must be one of auto, linux, portable, got `a\\nb`',
  ],
] as const) {
  test(`escapes what it repeats of ${what}, which can't forge a line or a hint`, async (t) => {
    const { stderr, exitCode } = await runEchogram(t, args);
    assert.deepEqual([stderr, exitCode], [`echogram: ${line}\n`, 2]);
  });
}

test('cuts the middle out of what it repeats where that is long', async (t) => {
  const { stderr, exitCode } = await runEchogram(t, ['serve', `--${'x'.repeat(100_000)}`]);
  assert.match(stderr, /^echogram: unknown option '--x+…x+'; see 'echogram serve --help'$/m);
  assert.ok(stderr.length < 400, `${stderr.length} characters`);
  assert.equal(exitCode, 2);
});

test('names a port that is in use, and the remedy', async (t) => {
  const { port } = await UdpPeer.open(t);
  const args = ['serve', '--host', '127.0.0.1', '--port', String(port)];
  assertRefused(
    await runEchogram(t, args),
    new RegExp(`cannot bind 127\\.0\\.0\\.1 port ${port}: the port is in use .*; stop the program`),
  );
});

for (const args of [[], ['serve'], ['send'], ['ping'], ['demo']]) {
  test(`${['echogram', ...args].join(' ')} --help shows examples, with exit code 0`, async (t) => {
    const { stdout, stderr, exitCode } = await runEchogram(t, [...args, '--help']);
    assert.match(stdout, new RegExp(`^Usage: ${['echogram', ...args].join(' ')} `));
    const example = new RegExp(`\nExamples:\n(  .*\n)*  echogram ${args[0] ?? 'send'}\\b`);
    assert.match(stdout, example);
    assert.deepEqual([stderr, exitCode], ['', 0]);
  });
}

for (const command of ['serve', 'send', 'demo']) {
  test(`help ${command} prints what ${command} --help does`, async (t) => {
    const help = await runEchogram(t, ['help', command]);
    assert.deepEqual(help, await runEchogram(t, [command, '--help']));
  });
}

test('prints its help on standard error, with exit code 2, for no command at all', async (t) => {
  const { stdout, stderr, exitCode } = await runEchogram(t, []);
  assert.match(stderr, /^Usage: echogram /);
  assert.deepEqual([stdout, exitCode], ['', 2]);
});

test('--version prints the version of package.json', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  assert.deepEqual(await runEchogram(t, ['--version']), {
    stdout: `${version}\n`,
    stderr: '',
    exitCode: 0,
    signal: null,
  });
});

test('demo prints both transcripts of the lesson, told apart, without colour', async (t) => {
  const { stdout, stderr, exitCode } = await runEchogram(t, ['demo']);
  assert.equal(asInTheLesson(transcriptOf('server', stdout)), SERVER_TRANSCRIPT);
  assert.equal(transcriptOf('client', stdout), CLIENT_TRANSCRIPT);
  // A line of neither would be one more: the server has eight, the client four.
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.filter((line) => !line.startsWith('ping   |')).length, 12);
  assert.deepEqual([stderr, exitCode], ['', 0]);
});

test('demo tells its story in the order in which it happens', async (t) => {
  const { stdout } = await runEchogram(t, ['demo']);
  const steps = ['starting up', 'client | sending', 'server | received', 'client | received'];
  const places = steps.map((step) => stdout.indexOf(step));
  assert.ok(!places.includes(-1), stdout);
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
});

test('demo measures with ten probes, and draws where they came back', async (t) => {
  const { stdout, exitCode } = await runEchogram(t, ['demo']);
  const lines = stdout.split('\n').filter((line) => line.startsWith('ping   |'));
  const said = lines.map((line) => line.slice('ping   | '.length));
  assert.match(said[1]!, /^PING localhost /);
  const replies = said.filter((line) => line.startsWith('reply seq=')).length;
  assert.equal(replies, 10, stdout);
  // Of the 60 columns beside the axis each has six.
  const drawn = said.filter((line) => /^ {1,8}[^│┤]* [│┤]/.test(line)).join('');
  assert.equal(drawn.match(/█/g)?.length, 6 * replies);
  const verdict = `UDP works. 0 lost of ${replies}; `;
  assert.ok(
    said.some((line) => line.startsWith(verdict)),
    stdout,
  );
  assert.equal(exitCode, 0);
});

test('demo says what it is told to', async (t) => {
  const { stdout, exitCode } = await runEchogram(t, ['demo', 'hello']);
  assert.match(stdout, /^client \| received "hello"$/m);
  assert.doesNotMatch(stdout, new RegExp(MESSAGE));
  assert.equal(exitCode, 0);
});

for (const [what, env, hasColour] of [
  ['colours its labels on a terminal', {}, true],
  ['leaves colour out on a terminal where NO_COLOR is set', { NO_COLOR: '1' }, false],
] as const) {
  test(`demo ${what}`, { skip: firstSkip(needsLinux(), needsProgram('script')) }, async (t) => {
    // Node takes a terminal under an unknown CI for one without colours.
    const unset = { CI: undefined, NO_COLOR: undefined, FORCE_COLOR: undefined };
    const terminal = { TERM: 'xterm-256color', ...unset };
    const command = `'${process.execPath}' '${BIN}' demo`;
    const program = new Program(t, 'script', ['-qec', command, '/dev/null'], {
      env: { ...process.env, ...terminal, ...env },
    });
    const { stdout, exitCode } = await program.ended();
    assert.match(stdout, /client \|.* closing socket/);
    assert.equal(stdout.includes('\x1b['), hasColour);
    assert.equal(exitCode, 0);
  });
}

test('demo ends quietly when the reader of its output goes away', async (t) => {
  const demo = startEchogram(t, ['demo']);
  demo.child.stdout?.destroy();
  const { stderr, exitCode } = await demo.ended();
  assert.deepEqual([stderr, exitCode], ['', 0]);
});
