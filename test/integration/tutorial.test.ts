// docs/tutorial.md and examples/: the code on the page is the programs', the output what they print.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ANSWERED, asInTheLesson, transcriptOf } from '../helpers/lesson.ts';
import { startPeer, startPythonServer } from '../helpers/peers.ts';
import { Program, runEchogram } from '../helpers/programs.ts';
import { needsProgram } from '../helpers/skips.ts';
import { closedPort } from '../helpers/udp.ts';

const TUTORIAL = readFileSync('docs/tutorial.md', 'utf8');

/** The fenced blocks of one language, without their fences. */
function blocks(language: string): readonly string[] {
  const fenced = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms');
  return [...TUTORIAL.matchAll(fenced)].map(([, block = '']) => block);
}

/** The output shown for a command: what follows it in its block, up to the next prompt. */
function outputOf(command: string): string {
  const block = blocks('console').find((text) => text.startsWith(`$ ${command}\n`));
  assert.ok(block !== undefined, `docs/tutorial.md shows no output of ${command}`);
  return block.slice(`$ ${command}\n`.length).replace(/^\$\n/m, '');
}

/** The example waits for its reply for a second, for which this machine may stall. */
const PATIENT = `data:text/javascript,${encodeURIComponent(`
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (callback, ms) => setTimeout(callback, ms === 1000 ? 20_000 : ms);
`)}`;

/** Starts a compiled example, which imports the built package by its name. */
function startExample(t: TestContext, name: string, port: number): Program {
  const path = fileURLToPath(new URL(`../../examples/${name}.js`, import.meta.url));
  return new Program(t, process.execPath, ['--import', PATIENT, path], {
    env: { ...process.env, PORT: String(port) },
  });
}

async function startServerExample(t: TestContext): Promise<{ server: Program; port: number }> {
  const server = startExample(t, 'echo-server', 0);
  const [, port] = await server.untilStdout(/starting up on localhost port (\d+)\n\nwaiting/);
  return { server, port: Number(port) };
}

test('the programs of the tutorial are those of examples/, each under 30 lines', () => {
  const examples = ['echo-server', 'echo-client'].map((name) =>
    readFileSync(`examples/${name}.ts`, 'utf8'),
  );
  assert.deepEqual(blocks('ts'), examples);
  for (const example of examples) assert.ok(example.split('\n').length < 30);
});

test('the transcripts of the tutorial are what its programs print', async (t) => {
  const { server, port } = await startServerExample(t);
  const client = await startExample(t, 'echo-client', port).ended();
  await server.untilStdout(ANSWERED);
  server.child.kill('SIGINT');
  const { stdout, stderr, exitCode } = await server.ended();
  assert.equal(asInTheLesson(stdout), outputOf('node echo-server.ts'));
  assert.deepEqual([stderr, exitCode], ['', 0]);
  assert.deepEqual(client, {
    stdout: outputOf('node echo-client.ts'),
    stderr: '',
    exitCode: 0,
    signal: null,
  });
});

test('the output of echogram demo in the tutorial is what both its programs print', async (t) => {
  const { stdout } = await runEchogram(t, ['demo']);
  const shown = outputOf('echogram demo');
  assert.equal(asInTheLesson(transcriptOf('server', stdout)), transcriptOf('server', shown));
  assert.equal(transcriptOf('client', stdout), transcriptOf('client', shown));
});

test(
  "the example's server answers the lesson's client in Python",
  { skip: needsProgram('python3') },
  async (t) => {
    const { port } = await startServerExample(t);
    const client = await startPeer(t, 'echo_client.py', String(port)).ended();
    assert.equal(client.stdout, outputOf('node echo-client.ts'));
  },
);

test(
  "the example's client gets its message back from the lesson's server in Python",
  { skip: needsProgram('python3') },
  async (t) => {
    const { port } = await startPythonServer(t);
    const client = await startExample(t, 'echo-client', port).ended();
    assert.equal(client.stdout, outputOf('node echo-client.ts'));
  },
);

test("the example's client closes its socket and fails where nothing listens", async (t) => {
  const client = await startExample(t, 'echo-client', await closedPort(t)).ended();
  assert.match(client.stdout, /\nwaiting to receive\nclosing socket\n$/);
  assert.match(client.stderr, /ECHOGRAM_ERR_PORT_CLOSED/);
  assert.equal(client.exitCode, 1);
});
