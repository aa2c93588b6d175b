// Every command of a Markdown file is one: the command line reads each `echogram …` to its end, with its arguments and
// flags; each npm script is in package.json, and what another program is given is a file of this repository.

import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import test from 'node:test';
import type { Io } from '../../src/cli/io.ts';
import { createProgram } from '../../src/cli/program.ts';
import { repositoryPath, repositoryText } from '../helpers/repository.ts';

const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md'],
  ...readdirSync(repositoryPath('docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

for (const page of PAGES) {
  const commands = commandsOf(repositoryText(page));
  test(`each command of ${page} can be given`, async () => {
    for (const command of commands) assert.equal(await problemOf(command), undefined, command);
  });
}

test('the commands of a page are found, and a wrong one is told', async () => {
  const page =
    'Ask:\n\n```sh\necho 1 | echogram send - --json   # one\nFOO=1 npx echogram ping a \\\n  -c 1 && cd b\n```\n';
  assert.deepEqual(commandsOf(page), [
    'echo 1',
    'echogram send - --json',
    'echogram ping a -c 1',
    'cd b',
  ]);
  assert.match((await problemOf('echogram send --prot 7'))!, /unknown option '--prot'/);
  assert.match((await problemOf('echogram ping a -c many'))!, /must be a whole number/);
  assert.match((await problemOf('npm run chek'))!, /no script/);
});

/** The commands of the blocks for a shell, those after a prompt in transcripts, and the examples of help. */
function commandsOf(page: string): string[] {
  const shell = blocksOf(page, 'sh').flatMap((block) =>
    block.replaceAll(/\\\n\s*/g, '').split('\n'),
  );
  const prompted = blocksOf(page, 'console').flatMap((block) =>
    [...block.matchAll(/^\$ (.*)$/gm)].map(([, line = '']) => line),
  );
  // Those of help: two spaces before, more before what it does.
  const examples = blocksOf(page, 'text').flatMap((block) =>
    [...block.matchAll(/^ {2}((?:echogram|.* \| echogram) .*?)(?: {2,}.*)?$/gm)].map(
      ([, line = '']) => line,
    ),
  );
  return [...shell, ...prompted, ...examples]
    .flatMap((line) => line.replace(/(?:^|\s)#.*$/, '').split(/\s*(?:&&|\|\||\||;)\s+/))
    .map((command) => command.trim().replace(/^(?:\w+=\S* )*(?:npx )?(?:sudo )?/, ''))
    .filter((command) => command !== '');
}

function blocksOf(page: string, language: string): string[] {
  const blocks = page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'));
  return [...blocks].map(([, block = '']) => block);
}

/** Why this command can't be given, if it can't. */
async function problemOf(command: string): Promise<string | undefined> {
  const [program, ...args] = wordsOf(command);
  if (program === 'echogram') return await refusalOf(args);
  if (program === 'npm') return npmProblem(args);
  if (program !== 'node' || args[0]!.startsWith('-')) return undefined;
  return isKnownFile(args[0]!) ? undefined : `there is no ${args[0]}`;
}

/** What the command line says against these arguments. Nothing of it runs. */
async function refusalOf(args: readonly string[]): Promise<string | undefined> {
  const told: string[] = [];
  const tell = { data: (...lines: readonly string[]) => told.push(...lines) };
  const io = {
    stdout: tell,
    stderr: tell,
    environment: {},
    questions: { decline: () => undefined },
  };
  const program = await createProgram(io as unknown as Io, args, () => undefined);
  for (const command of program.commands) command.action(() => undefined);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    return [...told, String(error)].join('\n');
  }
  return undefined;
}

function npmProblem(args: readonly string[]): string | undefined {
  const { scripts } = JSON.parse(repositoryText('package.json')) as { scripts: object };
  const [, name = ''] = args[0] === 'run' ? args.filter((arg) => !arg.startsWith('-')) : [];
  return name === '' || name in scripts ? undefined : `no script ${name}`;
}

/** A script of this repository, what it builds, or what the tutorial's reader compiles. */
function isKnownFile(name: string): boolean {
  const source = name.replace(/^dist\//, 'src/').replace(/\.js$/, '.ts');
  return [name, source, `examples/${source}`].some((path) => existsSync(repositoryPath(path)));
}

/** As a shell splits a line without variables and redirections. */
function wordsOf(command: string): string[] {
  const words = command.replace(/\s+\d?>+.*$/, '').matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g);
  return [...words].map(([word]) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
}
