// What the metrics and the live page do while they are attacked: they stay small, they serve whoever
// keeps the rules, and the echo goes on. On the portable engine, where one thread does it all.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { deadline } from '../helpers/deadline.ts';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { Program, startEchogram, startServer } from '../helpers/programs.ts';
import { repositoryPath } from '../helpers/repository.ts';
import { firstSkip, needsLinux, needsProgram } from '../helpers/skips.ts';
import { UdpPeer } from '../helpers/udp.ts';

const skip = firstSkip(needsLinux(), needsProgram('python3'));

/** Twice what a thousand honest requests add, and a thirtieth of what the pipelined ones did. */
const MOST_GROWTH_KIB = 30 * 1024;

/** Kinds of http_attack.py, and on how many connections. */
const ATTACKS = [
  ['pipelined', 10],
  ['bare-line-feeds', 10],
  ['upgrade', 10],
  ['connect', 10],
  ['body', 20],
  ['chunked', 20],
  ['huge-head', 50],
  ['garbage', 50],
  ['unread', 200],
  ['unread-events', 50],
  ['half-closed', 200],
  ['slow-head', 300],
  ['idle', 500],
  ['idle-from-many', 500],
] as const;

interface Attacked {
  readonly origin: string;
  readonly path: string;
  readonly program: Program;
  /** Asks and has what an honest user asks for. */
  readonly use: () => Promise<void>;
}

async function startMetrics(t: TestContext): Promise<Attacked> {
  const args = ['--host', '127.0.0.1', '--metrics', '0', '--engine', 'portable'];
  const { server, port } = await startServer(t, ...args);
  const [, origin = ''] = await server.untilStderr(/metrics at (http:\S+)\/metrics\n/);
  const peer = await UdpPeer.open(t);
  const use = async (): Promise<void> => {
    assert.match(await textOf(`${origin}/metrics`), /^echogram_build_info/m);
    await peer.send('hello', port);
    assert.equal((await peer.next('an echo')).payload.toString(), 'hello');
  };
  return { origin, path: '/metrics', program: server, use };
}

async function startPage(t: TestContext): Promise<Attacked> {
  const echo = await PlainEcho.open();
  t.after(() => echo[Symbol.asyncDispose]());
  const args = ['ping', `127.0.0.1:${echo.port}`, '-i', '10ms', '--web', '--quiet'];
  const program = startEchogram(t, [...args, '--engine', 'portable']);
  const [, origin = ''] = await program.untilStderr(/live page at (http:\/\/127\.0\.0\.1:\d+)\/$/m);
  const use = async (): Promise<void> => {
    assert.match(await textOf(`${origin}/`), /^<!doctype html>/);
    assert.match(await firstOf(`${origin}/events`), /^data: \{"schema":"echogram\.page\/1"/);
  };
  return { origin, path: '/', program, use };
}

async function ask(url: string): Promise<IncomingMessage> {
  const [response] = (await deadline(once(get(url, { agent: false }), 'response'), () => url)) as [
    IncomingMessage,
  ];
  return response;
}

async function textOf(url: string): Promise<string> {
  let text = '';
  for await (const chunk of await ask(url)) text += String(chunk);
  return text;
}

async function firstOf(url: string): Promise<string> {
  const response = await ask(url);
  const [chunk] = (await deadline(once(response, 'data'), () => `data from ${url}`)) as [Buffer];
  response.destroy();
  return String(chunk);
}

/** The most memory that a program has had so far; proc_pid_status(5). */
function peakKib({ child }: Program): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'latin1');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
}

async function attack(
  t: TestContext,
  { origin, path }: Attacked,
  kind: string,
  connections: number,
): Promise<void> {
  const { port } = new URL(origin);
  const script = repositoryPath('test/peers/http_attack.py');
  const attacker = new Program(t, 'python3', [script, kind, port, String(connections), path]);
  await attacker.untilStdout(/attacking/);
}

for (const [what, start] of [
  ['the metrics', startMetrics],
  ['the live page', startPage],
] as const) {
  for (const [kind, connections] of ATTACKS) {
    test(`${what} withstand ${connections} connections: ${kind}`, { skip }, async (t) => {
      const attacked = await start(t);
      for (let time = 0; time < 200; time++) await textOf(attacked.origin + attacked.path);
      await attacked.use();
      const beforeKib = peakKib(attacked.program);
      await attack(t, attacked, kind, connections);
      await attacked.use();
      const growthKib = peakKib(attacked.program) - beforeKib;
      assert.ok(growthKib < MOST_GROWTH_KIB, `grew by ${growthKib} KiB`);
    });
  }
}

test('who does not send a whole request within five seconds is told so', { skip }, async (t) => {
  const { origin } = await startMetrics(t);
  const socket = connect(Number(new URL(origin).port), '127.0.0.1').setEncoding('latin1');
  t.after(() => socket.destroy());
  socket.write('GET /metrics HTTP/1.1\r\nX: ');
  const [answer] = (await deadline(once(socket, 'data'), () => 'an answer')) as [string];
  assert.equal(answer, 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
  const samples = await textOf(`${origin}/metrics`);
  assert.match(samples, /^echogram_http_connections_cut_total\{reason="too_slow"\} 1$/m);
});
