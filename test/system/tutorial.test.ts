// docs/tutorial.md, walked from top to bottom in an empty folder as its reader would: each file is written as the page
// shows it, each command is run, and each output is compared.
//
// Only what a registry would give is another: the compiler and the types of Node are those of this checkout, linked
// into the folder. The package itself is the tarball that `npm pack` writes, with this checkout's dependencies.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { VERSION } from '../../src/version.ts';
import { ANSWERED, asInTheLesson, PATIENT, transcriptOf } from '../helpers/lesson.ts';
import { Program } from '../helpers/programs.ts';
import { repositoryPath, repositoryText } from '../helpers/repository.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const TARBALL = `./echogram-${VERSION}.tgz`;

/** What a program finds in `node_modules` after `npm install` of each name; the rest it finds from there. */
const BROUGHT: Readonly<Record<string, readonly string[]>> = {
  typescript: ['typescript', '.bin/tsc'],
  '@types/node': ['@types/node'],
  [TARBALL]: ['commander', 'prom-client', 'koffi'],
};

/** The languages of blocks that are files. */
const FILES: ReadonlySet<string> = new Set(['ts', 'json']);

/** A file to write, commands to run, or a command with what it prints. */
type Step =
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  | { readonly kind: 'sh'; readonly lines: readonly string[] }
  | { readonly kind: 'console'; readonly command: string; readonly output: string };

test(
  'the tutorial runs as written in an empty folder',
  { skip: process.platform === 'win32' && 'its commands are for a POSIX shell' },
  async (t) => {
    const reader = new Reader(t);
    for (const step of stepsOf(repositoryText('docs/tutorial.md'))) await reader.take(step);
    assert.deepEqual(reader.ran, [
      ...['npm init --yes', 'npm pkg set type=module'],
      'npm install --save-dev typescript @types/node',
      ...['npx tsc', 'node dgram-server.js', 'node dgram-client.js'],
      `npm install ${TARBALL}`,
      ...['npx tsc', 'node echo-server.js', 'node echo-client.js'],
      'npx echogram demo',
    ]);
  },
);

/** Somebody with an empty folder, who does what the page says. */
class Reader {
  readonly ran: string[] = [];
  readonly #t: TestContext;
  readonly #folder: string;
  #server: { program: Program; port: string; output: string } | undefined;

  constructor(t: TestContext) {
    this.#t = t;
    this.#folder = temporaryFolder(t);
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'file') writeFileSync(join(this.#folder, step.name), step.text);
    else if (step.kind === 'console') await this.#compare(step.command, step.output);
    else for (const line of step.lines) await this.#run(line);
  }

  async #run(line: string): Promise<void> {
    this.ran.push(line);
    if (!line.startsWith('npm install ')) await this.#ended(this.#start(line));
    else for (const name of line.split(' ').slice(2)) this.#install(name);
  }

  /** A server goes on until the client after it was answered. */
  async #compare(command: string, output: string): Promise<void> {
    this.ran.push(command);
    if (command.endsWith('-server.js')) await this.#startServer(command, output);
    else if (command.endsWith(' demo')) await this.#demo(command, output);
    else {
      const { program, port, output: shown } = this.#server!;
      assert.equal(await this.#ended(this.#start(command, port)), output, command);
      await program.untilStdout(ANSWERED);
      program.killGroup('SIGINT');
      assert.equal(asInTheLesson(await this.#ended(program)), shown);
    }
  }

  async #startServer(command: string, output: string): Promise<void> {
    const program = this.#start(command, '0');
    const [, port = ''] = await program.untilStdout(/localhost port (\d+)\n\nwaiting/);
    this.#server = { program, port, output };
  }

  async #demo(command: string, output: string): Promise<void> {
    const stdout = await this.#ended(this.#start(command));
    const server = transcriptOf('server', stdout);
    assert.equal(asInTheLesson(server), transcriptOf('server', output));
    assert.equal(transcriptOf('client', stdout), transcriptOf('client', output));
  }

  async #ended(program: Program): Promise<string> {
    const { stdout, stderr, exitCode } = await program.ended();
    assert.equal(exitCode, 0, `${this.ran.at(-1)}\n${stdout}${stderr}`);
    return stdout;
  }

  #start(command: string, port?: string): Program {
    const patient = command.startsWith('node ') ? { NODE_OPTIONS: `--import=${PATIENT}` } : {};
    const env = { ...ownEnvironment(), ...patient, PORT: port };
    const options = { cwd: this.#folder, env, detached: true };
    return new Program(this.#t, 'sh', ['-c', `exec ${command}`], options);
  }

  #install(name: string): void {
    // An option has none.
    for (const brought of BROUGHT[name] ?? []) {
      const installed = repositoryPath(`node_modules/${brought}`);
      // koffi may be missing.
      if (existsSync(installed)) this.#link(installed, brought);
    }
    if (name !== TARBALL) return;
    const modules = join(this.#folder, 'node_modules');
    this.#do('npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', this.#folder);
    this.#do('tar', '-xzf', join(this.#folder, name), '-C', modules);
    this.#do('mv', join(modules, 'package'), join(modules, 'echogram'));
    this.#link('../echogram/dist/cli/bin.cjs', '.bin/echogram');
  }

  #link(target: string, name: string): void {
    const path = join(this.#folder, 'node_modules', name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(target, path);
  }

  /** A command of the test's own, in the checkout. */
  #do(command: string, ...args: readonly string[]): void {
    const options = { cwd: repositoryPath('.'), env: ownEnvironment(), encoding: 'utf8' } as const;
    const { status, stderr } = spawnSync(command, args, options);
    assert.equal(status, 0, stderr);
  }
}

/** The page's blocks in order. A file is named right before its block: `` `echo-server.ts`: ``. */
function stepsOf(page: string): Step[] {
  const blocks = page.matchAll(/(?:`([\w.-]+)`:\n\n)?^```(\w+)\n(.*?)^```$/gms);
  return [...blocks].map(([, name, language = '', text = '']) => {
    if (name !== undefined && FILES.has(language)) return { kind: 'file', name, text };
    if (language === 'sh') return { kind: 'sh', lines: text.trimEnd().split('\n') };
    const [, command, output] = /^\$ (.*)\n([^]*)$/.exec(text) ?? [];
    assert.ok(command !== undefined && output !== undefined, `nothing to do with\n${text}`);
    return { kind: 'console', command, output };
  });
}

/** Without what npm and the test's runner say to the programs they start. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_TEST/.test(name));
  return Object.fromEntries(own);
}
