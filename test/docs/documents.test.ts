// Holds the documents to the program: README.md's transcripts are what it prints, the code of README.md and
// docs/library.md compiles and runs, and links lead somewhere.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import ts from 'typescript';
import { LOSS_CAUSES } from '../../src/report/place-losses.ts';
import { RELAY_REFUSALS } from '../../src/relay/relay-counters.ts';
import { LOOP_PRONE_PORTS } from '../../src/server/admission.ts';
import { IMPAIRMENTS } from '../../src/impairment/impairments.ts';
import { Program, runEchogram, startServer, type Ending } from '../helpers/programs.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** Inside the package, so that its code may import the package by name. */
const SNIPPETS = resolve('.build/readme');

const README = readFileSync('README.md', 'utf8');
const LIBRARY = readFileSync('docs/library.md', 'utf8');
const IMPAIRMENT_PAGE = readFileSync('docs/impairment.md', 'utf8');
const PAGES_WITH_CODE = [
  README,
  LIBRARY,
  IMPAIRMENT_PAGE,
  readFileSync('docs/diagnostics.md', 'utf8'),
  readFileSync('docs/watch.md', 'utf8'),
];

let snippets = 0;

/** Up to five replies, then the verdict, the losses and a percentile. */
const MEASURED = /^(?:\d \d+\n){1,5}WORKS\w* \d \d+\n$/;

test("README.md shows the server's transcript as the server prints it", async (t) => {
  const { server, port } = await startServer(t);
  await runEchogram(t, ['send', '--port', String(port), '-4']);
  await server.untilStdout(/sent [^]*waiting to receive message\n/);

  assert.equal(withoutPorts(server.stdout), withoutPorts(transcriptOf('echogram serve')));
});

test("README.md shows the client's transcript as the client prints it", async (t) => {
  const { port } = await startServer(t);
  const client = await runEchogram(t, ['send', '--port', String(port)]);

  assert.equal(client.stdout, transcriptOf('echogram send'));
});

test('the code of README.md and docs/ compiles under the strict settings of this project', () => {
  const files = PAGES_WITH_CODE.flatMap((page) => codeBlocks('ts', page)).map(writeSnippet);
  assert.equal(files.length, 10);
  assert.deepEqual(diagnosticsOf(files), []);
});

test("README.md's code prints each reply and the numbers of the result", async (t) => {
  const [measurement = ''] = codeBlocks('ts');
  assert.match(await runSnippet(t, measurement), MEASURED);
});

test('the code of docs/library.md does what the page says', async (t) => {
  // The search for the path MTU needs another host, and the load would take a minute.
  const [exchange = '', measurement = '', , , watched = '', failure = ''] = codeBlocks(
    'ts',
    LIBRARY,
  );
  const folder = temporaryFolder(t);

  // Five letters, not refused; then the reply equals the message and one datagram was answered.
  // The event comes from the thread that answered, before or after the reply does.
  assert.match(await runSnippet(t, exchange), /^(?:5 null\ntrue [\d.]+|true [\d.]+\n5 null)\n1\n$/);
  assert.match(await runSnippet(t, measurement, folder), MEASURED);
  assert.match(readFileSync(join(folder, 'path.html'), 'utf8'), /^<!doctype html>/i);
  assert.match(await runSnippet(t, watched), /^127\.0\.0\.1:\d+ default WORKS\n0 \d+\n$/);
  assert.equal(await runSnippet(t, failure), 'ECHOGRAM_ERR_PORT_CLOSED\n');
});

test("README.md's fixture passes", async (t) => {
  const [fixture = ''] = codeBlocks('js');
  assert.match(await runSnippet(t, fixture), /^\S* ?pass 1$/m);
});

test('the test of docs/testing.md passes through a bad network in front of its server', async (t) => {
  const page = readFileSync('docs/testing.md', 'utf8');
  const [, section = ''] = page.split('\n## A bad network in front of your own server\n');
  const [fixture = ''] = codeBlocks('js', section);
  assert.match(await runSnippet(t, fixture), /^\S* ?pass 1$/m);
});

test("README.md's test over a bad network fails until the client asks again", async (t) => {
  const [, lossy = ''] = codeBlocks('js');
  const { stdout, exitCode } = await endingOf(t, lossy);
  // Of 100 some 19 lose their message or its answer.
  assert.match(stdout, /\b[678]\d !== 100$/m);
  assert.equal(exitCode, 1);
  const [, instead = ''] = /fails until the client asks again \(`(.*)`\)/.exec(README)!;
  assert.match(await runSnippet(t, lossy.replace('retries: 0', instead)), /^\S* ?pass 1$/m);
});

test('each link of a Markdown file to another file or its heading leads there', async (t) => {
  const { stderr, exitCode } = await new Program(t, process.execPath, [
    'scripts/check-links.js',
  ]).ended();
  assert.deepEqual([stderr, exitCode], ['', 0]);
});

test('docs/impairment.md tells of each counter of an impaired datagram, and of each refusal of a relay', () => {
  const names = [...IMPAIRMENTS, ...RELAY_REFUSALS];
  const missing = names.filter((name) => !IMPAIRMENT_PAGE.includes(`\`${name}\``));
  assert.deepEqual(missing, []);
});

test('docs/report.md names the causes of loss as a page does', () => {
  const [, causes = ''] = /by column and cause: ([^;]*);/.exec(
    readFileSync('docs/report.md', 'utf8'),
  )!;
  assert.deepEqual([...causes.matchAll(/\w+/g)].map(String), LOSS_CAUSES);
});

test('each stored run of a benchmark is named by a document', () => {
  const pages = readdirSync('docs').filter((name) => name.endsWith('.md'));
  const text = pages.map((name) => readFileSync(join('docs', name), 'utf8')).join('');
  assert.deepEqual(
    readdirSync('bench/runs').filter((run) => !text.includes(`bench/runs/${run}/`)),
    [],
  );
});

test('SECURITY.md names each source port that is never answered', () => {
  const text = readFileSync('SECURITY.md', 'utf8');
  assert.deepEqual(
    LOOP_PRONE_PORTS.filter((port) => !text.includes(String(port))),
    [],
  );
});

/** What follows `$ command` in its console block. */
function transcriptOf(command: string): string {
  const prompt = `$ ${command}\n`;
  const block = codeBlocks('console').find((text) => text.startsWith(prompt));
  assert.ok(block !== undefined, `README.md has no transcript of ${command}`);
  return block.slice(prompt.length);
}

function codeBlocks(language: string, page = README): string[] {
  const blocks = page.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'));
  return [...blocks].map(([, code = '']) => code);
}

/** The system chooses the client's port, and the test the server's. */
function withoutPorts(transcript: string): string {
  return transcript.replace(/(?<=port |', )\d+/g, 'PORT');
}

function writeSnippet(code: string, index: number): string {
  mkdirSync(SNIPPETS, { recursive: true });
  const file = join(SNIPPETS, `snippet-${index}.ts`);
  writeFileSync(file, code);
  return file;
}

/** Runs code of a page as a program of this package, and returns what it printed. */
async function runSnippet(t: TestContext, code: string, cwd?: string): Promise<string> {
  const { stdout, stderr, exitCode } = await endingOf(t, code, cwd);
  assert.equal(exitCode, 0, stdout + stderr);
  return stdout;
}

async function endingOf(t: TestContext, code: string, cwd = process.cwd()): Promise<Ending> {
  snippets += 1;
  const file = join(SNIPPETS, `snippet-${process.pid}-${snippets}.js`);
  mkdirSync(SNIPPETS, { recursive: true });
  const options = { ...compilerOptions(), module: ts.ModuleKind.ESNext };
  writeFileSync(file, ts.transpileModule(code, { compilerOptions: options }).outputText);
  // Set, it makes a snippet that is a test report to this runner.
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const program = new Program(t, process.execPath, [file], { cwd, env });
  return await program.ended();
}

/** Of these files alone: what they import has its types checked where it is compiled. */
function diagnosticsOf(files: readonly string[]): string[] {
  const program = ts.createProgram(files, compilerOptions());
  return files
    .flatMap((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile('tsconfig.json', (file) => ts.sys.readFile(file)) as {
    config: unknown;
  };
  return ts.parseJsonConfigFileContent(config, ts.sys, '.').options;
}
