// echogram ping with a protocol that tells the directions, as a program.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { SessionResult } from '../../src/index.ts';
import { STAMP_FRAMING } from '../helpers/framing.ts';
import { ImpairmentProxy, PlainEcho } from '../helpers/impairment-proxy.ts';
import { resultViolations } from '../helpers/json-schema.ts';
import { runEchogram } from '../helpers/programs.ts';
import { MadeStampReflector, MadeUdpEchoPlus } from '../helpers/reflector.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** Long enough that no reply on this machine is late. */
const PATIENT = ['-W', '20s'];

function asking({ port }: { readonly port: number }, ...args: readonly string[]): string[] {
  return ['ping', `127.0.0.1:${port}`, ...args];
}

test('--protocol stamp tells each direction, by default on port 862', async (t) => {
  await using reflector = await MadeStampReflector.open({});
  const args = asking(reflector, '--protocol', 'stamp', '-c', '3', '-i', '100ms', ...PATIENT);
  const { stdout, stderr, exitCode } = await runEchogram(t, args);
  assert.match(stdout, /^PING 127\.0\.0\.1 \(127\.0\.0\.1\) port \d+: 44 bytes of payload$/m);
  assert.match(stdout, /^way there {5}0 {10}0 {10}0 /m);
  assert.match(stdout, /^ way back {5}0 {10}0 {10}0 /m);
  assert.match(stdout, /^server processing time: p50 /m);
  assert.deepEqual([stderr, exitCode], ['', 0]);
  const { stdout: help } = await runEchogram(t, ['ping', '--help']);
  assert.match(help, /862\s+for\s+STAMP/);
});

test('--max-loss-forward fails where probes are lost on the way there, and --max-loss-backward holds', async (t) => {
  await using reflector = await MadeStampReflector.open({ isStateful: true });
  const lost = { forward: { kind: 'drop' }, backward: { kind: 'pass' } } as const;
  const passing = { forward: { kind: 'pass' }, backward: { kind: 'pass' } } as const;
  await using proxy = await ImpairmentProxy.open(
    reflector.port,
    (number) => (number % 2 === 1 ? lost : passing),
    STAMP_FRAMING,
  );
  // Of the last probe nobody knows which way it was lost: of eleven replies one may be, and not two.
  const limits = ['--max-loss-forward', '20%', '--max-loss-backward', '10%'];
  const args = ['--protocol', 'stamp', '-q', '-c', '22', '-i', '20ms', '-W', '4s', ...limits];
  const { stdout, stderr, exitCode } = await runEchogram(t, asking(proxy, ...args));
  assert.match(
    stderr,
    /^echogram: loss on the way there is [345]\d(\.\d+)? %, above --max-loss-forward 20 %\n$/,
    stdout,
  );
  assert.equal(exitCode, 1);
});

test('a limit of a direction fails with the reason where the reflector is stateless', async (t) => {
  await using reflector = await MadeStampReflector.open({ isStateful: false });
  const args = ['--protocol', 'stamp', '-q', '-c', '2', '-i', '20ms', '--max-loss-forward', '100%'];
  const { stderr, exitCode } = await runEchogram(t, asking(reflector, ...args, ...PATIENT));
  const reason = 'the reflector is stateless and repeats our sequence numbers';
  const line = `loss on the way there is unknown (${reason}), so --max-loss-forward 100 % fails`;
  assert.deepEqual([stderr, exitCode], [`echogram: ${line}\n`, 1]);
});

test('--key-file authenticates, and the key is in no output', async (t) => {
  const key = Buffer.from('a key of twenty-four b.');
  await using reflector = await MadeStampReflector.open({ key });
  const folder = temporaryFolder(t);
  const path = join(folder, 'key');
  writeFileSync(path, key);
  const args = asking(
    reflector,
    '--protocol',
    'stamp',
    '--key-file',
    path,
    '-c',
    '3',
    '-i',
    '50ms',
  );
  const { stdout, exitCode } = await runEchogram(t, [...args, '--json', ...PATIENT]);
  const result = JSON.parse(stdout) as SessionResult;
  assert.deepEqual(resultViolations(result), []);
  const { config, datagrams, supplied } = result;
  assert.deepEqual([config.isAuthenticated, config.payloadBytes], [true, 112]);
  assert.deepEqual([datagrams.received, datagrams.corrupted], [datagrams.sent, 0]);
  assert.deepEqual([supplied['key'], exitCode], [undefined, 0]);
  assert.ok(!stdout.includes('a key of'));
});

test('a plain echo asked in STAMP is told from a dead port, and exits with 1', async (t) => {
  await using echo = await PlainEcho.open();
  const args = asking(echo, '--protocol', 'stamp', '-c', '2', '-i', '10ms', '-W', '4s', '--quiet');
  const { stdout, exitCode } = await runEchogram(t, args);
  assert.match(
    stdout,
    /^Port \d+ is a plain echo server: \d of our packets came back unchanged, so it does not speak STAMP; measure with --protocol echo\.$/m,
  );
  assert.equal(exitCode, 1);
});

test('--csv has what a reflector tells of times', async (t) => {
  await using server = await MadeUdpEchoPlus.open();
  const args = asking(server, '--protocol', 'udp-echo-plus', '-c', '1', '--csv', '-', ...PATIENT);
  const { stdout } = await runEchogram(t, args);
  assert.match(stdout, /^reply,\d+,0,0,\d+,false,{8}\d+,,,\d+,\d+,,,$/m);
});

for (const [args, message] of [
  [
    ['--key-file', '/nowhere'],
    '--key-file must be used with --protocol stamp, the only protocol with a key, got `/nowhere`',
  ],
  [
    ['--protocol', 'stamp', '--key-file', '/nowhere'],
    '--key-file must be a file that can be read (ENOENT), got `/nowhere`',
  ],
  [['--protocol', 'stamp', '-s', '46'], '--size must be 44, or at least 48, for stamp, got `46`'],
  [
    ['--protocol', 'udp-echo-plus', '-s', '67'],
    '--size must be at least 68, for udp-echo-plus, got `67`',
  ],
] as const) {
  test(`refuses ${args.join(' ')} in one line`, async (t) => {
    const { stderr, exitCode } = await runEchogram(t, ['ping', '127.0.0.1', ...args]);
    assert.deepEqual([stderr, exitCode], [`echogram: ${message}\n`, 2]);
  });
}
