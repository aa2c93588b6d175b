// docs/tutorial.md and examples/: the code on the page is the programs', which talk to the lesson's own in Python.
// test/system/tutorial.test.ts walks the page itself.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CLIENT_TRANSCRIPT, PATIENT, SERVER_TRANSCRIPT, transcriptOf } from '../helpers/lesson.ts';
import { startPeer, startPythonServer } from '../helpers/peers.ts';
import { Program } from '../helpers/programs.ts';
import { needsProgram } from '../helpers/skips.ts';
import { closedPort } from '../helpers/udp.ts';

const EXAMPLES = ['dgram-server', 'dgram-client', 'echo-server', 'echo-client'];

const TUTORIAL = readFileSync('docs/tutorial.md', 'utf8');

/** The fenced blocks of one language, without their fences. */
function blocks(language: string): readonly string[] {
  const fenced = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms');
  return [...TUTORIAL.matchAll(fenced)].map(([, block = '']) => block);
}

/** Starts a compiled example, which imports the built package by its name. */
function startExample(
  t: TestContext,
  name: string,
  port: number,
  options: readonly string[] = ['--import', PATIENT],
): Program {
  const path = fileURLToPath(new URL(`../../examples/${name}.js`, import.meta.url));
  return new Program(t, process.execPath, [...options, path], {
    env: { ...process.env, PORT: String(port) },
  });
}

test('the programs of the tutorial are those of examples/, each under 30 lines', () => {
  const examples = EXAMPLES.map((name) => readFileSync(`examples/${name}.ts`, 'utf8'));
  assert.deepEqual(blocks('ts'), examples);
  for (const example of examples) assert.ok(example.split('\n').length < 30);
});

test('the tutorial shows what the lesson shows, on node:dgram and with echogram', () => {
  const shown = blocks('console').map((block) => block.replace(/^\$ .*\n/, ''));
  const [demo, ...transcripts] = shown.reverse();
  assert.deepEqual(transcripts, [
    ...[CLIENT_TRANSCRIPT, SERVER_TRANSCRIPT],
    ...[CLIENT_TRANSCRIPT, SERVER_TRANSCRIPT],
  ]);
  assert.equal(transcriptOf('server', demo!), SERVER_TRANSCRIPT);
  assert.equal(transcriptOf('client', demo!), CLIENT_TRANSCRIPT);
});

for (const kind of ['dgram', 'echo']) {
  test(
    `examples/${kind}-server.ts answers the lesson's client in Python`,
    { skip: needsProgram('python3') },
    async (t) => {
      const server = startExample(t, `${kind}-server`, 0);
      const [, port = ''] = await server.untilStdout(/localhost port (\d+)\n\nwaiting/);
      const client = await startPeer(t, 'echo_client.py', port).ended();
      assert.equal(client.stdout, CLIENT_TRANSCRIPT);
    },
  );

  test(
    `examples/${kind}-client.ts gets its message back from the lesson's server in Python`,
    { skip: needsProgram('python3') },
    async (t) => {
      const { port } = await startPythonServer(t);
      const client = await startExample(t, `${kind}-client`, port).ended();
      assert.equal(client.stdout, CLIENT_TRANSCRIPT);
    },
  );
}

test('examples/echo-client.ts closes its socket and fails where nothing listens', async (t) => {
  const client = await startExample(t, 'echo-client', await closedPort(t)).ended();
  assert.match(client.stdout, /\nwaiting to receive\nclosing socket\n$/);
  assert.match(client.stderr, /ECHOGRAM_ERR_PORT_CLOSED/);
  assert.equal(client.exitCode, 1);
});

test('examples/dgram-client.ts closes its socket and fails where no answer comes', async (t) => {
  // Without more patience than its second.
  const client = await startExample(t, 'dgram-client', await closedPort(t), []).ended();
  assert.match(client.stdout, /\nwaiting to receive\nclosing socket\n$/);
  assert.match(client.stderr, /AbortError/);
  assert.equal(client.exitCode, 1);
});
