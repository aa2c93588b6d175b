// Holds the documents to the program: README.md's transcripts are what it prints, README.md's code
// compiles and runs, and links lead somewhere.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { LOSS_CAUSES } from '../../src/report/page-picture.ts';
import { LOOP_PRONE_PORTS } from '../../src/server/admission.ts';
import { IMPAIRMENTS } from '../../src/server/impairment.ts';
import { Program, runEchogram, startServer } from '../helpers/programs.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** Inside the package, so that its code may import the package by name. */
const SNIPPETS = resolve('.build/readme');

const README = readFileSync('README.md', 'utf8');

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

test('the code in README.md and docs/diagnostics.md compiles under the strict settings of this project', () => {
  const pages = [README, readFileSync('docs/diagnostics.md', 'utf8')];
  const files = pages.flatMap((page) => codeBlocks('ts', page)).map(writeSnippet);
  assert.equal(files.length, 4);
  assert.deepEqual(diagnosticsOf(files), []);
});

test("README.md's library code prints what its comments promise", async (t) => {
  const [exchange = '', measurement = '', failure = ''] = codeBlocks('ts');
  const folder = temporaryFolder(t);

  const exchanged = await runSnippet(exchange, 0);
  // Five letters, not refused; then the reply equals the message and one datagram was answered.
  // The event comes from the thread that answered, before or after the reply does.
  assert.match(exchanged, /^(?:5 null\ntrue [\d.]+|true [\d.]+\n5 null)\n1\n$/);
  const replies = String.raw`(?:\d \d+\n){1,5}`;
  assert.match(await runSnippet(measurement, 1), new RegExp(`^${replies}WORKS\\w* \\d \\d+\n$`));
  assert.match(readFileSync(join(folder, 'path.html'), 'utf8'), /^<!doctype html>/i);
  assert.equal(await runSnippet(failure, 2), 'ECHOGRAM_ERR_PORT_CLOSED\n');

  async function runSnippet(code: string, index: number): Promise<string> {
    const file = compileSnippet(code, index);
    const program = new Program(t, process.execPath, [file], { cwd: folder });
    const { stdout, stderr, exitCode } = await program.ended();
    assert.equal(exitCode, 0, stderr);
    return stdout;
  }
});

test('each link of a Markdown file to another file or its heading leads there', async (t) => {
  const { stderr, exitCode } = await new Program(t, process.execPath, [
    'scripts/check-links.js',
  ]).ended();
  assert.deepEqual([stderr, exitCode], ['', 0]);
});

test('docs/impairment.md tells of each counter of an impaired reply', () => {
  const page = readFileSync('docs/impairment.md', 'utf8');
  const missing = IMPAIRMENTS.filter((impairment) => !page.includes(`\`${impairment}\``));
  assert.deepEqual(missing, []);
});

test('docs/report.md names the causes of loss as a page does', () => {
  const [, causes = ''] = /by column and cause: ([^;]*);/.exec(
    readFileSync('docs/report.md', 'utf8'),
  )!;
  assert.deepEqual([...causes.matchAll(/\w+/g)].map(String), LOSS_CAUSES);
});

test('SECURITY.md and README.md name each source port that is never answered', () => {
  for (const page of ['SECURITY.md', 'README.md']) {
    const text = readFileSync(page, 'utf8');
    const missing = LOOP_PRONE_PORTS.filter((port) => !text.includes(String(port)));
    assert.deepEqual(missing, [], page);
  }
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

function compileSnippet(code: string, index: number): string {
  const file = join(SNIPPETS, `snippet-${index}.js`);
  mkdirSync(SNIPPETS, { recursive: true });
  const options = { ...compilerOptions(), module: ts.ModuleKind.ESNext };
  writeFileSync(file, ts.transpileModule(code, { compilerOptions: options }).outputText);
  return file;
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
