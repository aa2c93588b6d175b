import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { dirname, join, posix, sep } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { repositoryPath, repositoryText } from '../helpers/repository.ts';

/** Files beside the folders that any part may use, and that use nothing but each other. */
const LEAF = 'leaf';

/** The parts of the house: what each may import, beside itself and the leaves. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'index.ts': [
    ...[
      'client',
      'impairment',
      'load',
      'mtu',
      'relay',
      'report',
      'server',
      'socket',
      'stats',
      'watch',
    ],
  ],
  cli: [
    'http',
    'client',
    'load',
    'mtu',
    'server',
    'relay',
    'options',
    'report',
    'metrics',
    'web',
    'watch',
    'service-manager',
  ],
  // What runs in browsers only, of all pages.
  browser: ['stats'],
  web: ['browser', 'http', 'report', 'client', 'socket', 'stats', 'watch', 'metrics'],
  watch: ['client', 'options', 'schema', 'wire', 'socket', 'stats'],
  report: [
    'browser',
    'server',
    'relay',
    'client',
    'load',
    'mtu',
    'watch',
    'options',
    'schema',
    'socket',
    'stats',
  ],
  client: ['options', 'wire', 'socket', 'stats'],
  mtu: ['client', 'options', 'wire', 'socket', 'stats'],
  load: ['client', 'options', 'socket', 'stats'],
  server: ['options', 'wire', 'socket', 'impairment'],
  options: ['wire', 'socket'],
  relay: ['options', 'socket', 'impairment'],
  schema: [],
  wire: [],
  socket: [],
  'service-manager': ['socket'],
  impairment: ['options'],
  stats: [],
  // What the single executable has in place of files and packages.
  executable: ['socket'],
  metrics: ['http', 'server', 'socket', 'impairment', 'watch'],
  http: ['socket'],
  [LEAF]: [],
};

const LEAVES = [
  ...['abort.ts', 'closed-promise.ts', 'diagnostics.ts', 'errors.ts', 'error-table.ts'],
  ...[
    'event-teller.ts',
    'host-port.ts',
    'listeners.ts',
    'package-files.ts',
    'printable.ts',
    'quantities.ts',
  ],
  ...['random.ts', 'time.ts', 'untold-warnings.ts', 'version.ts'],
];

/** What draws with uPlot: the pages, and what they share. */
const PAGES = ['browser/', 'report/page/', 'web/watch-page/'];

/** Packages, and the folders or files that may import them. */
const PACKAGES: Readonly<Record<string, string | readonly string[]>> = {
  '@photostructure/sqlite': 'watch/history/sqlite.ts',
  commander: 'cli/',
  koffi: 'socket/linux/koffi.ts',
  'prom-client': 'metrics/server-exposition.ts',
  bcryptjs: 'http/bcrypt-worker.ts',
  uplot: PAGES,
  'uplot/dist/uPlot.min.css': PAGES,
  yaml: 'watch/config/yaml-text.ts',
};

interface Source {
  /** Path below src, with forward slashes. */
  readonly file: string;
  readonly part: string;
  /** Import specifiers as written, `import()` and re-exports among them. */
  readonly specifiers: readonly string[];
  readonly mentionsProcess: boolean;
}

const SOURCES: readonly Source[] = readdirSync(repositoryPath('src'), { recursive: true })
  .map((file) => String(file).split(sep).join('/'))
  .filter((file) => file.endsWith('.ts'))
  .map(readSource);

/** What is no TypeScript: what the page's bundle takes in, and what the build makes. */
const OTHER_FILES: ReadonlySet<string> = new Set([
  'browser/base.css',
  'report/page/page.css',
  'web/watch-page/watch.css',
  'schema/schema-validators.js',
]);

const FILES: ReadonlySet<string> = new Set(SOURCES.map(({ file }) => file));

function readSource(file: string): Source {
  const text = repositoryText(join('src', file));
  const { importedFiles } = ts.preProcessFile(text, true, true);
  const specifiers = importedFiles.map(({ fileName }) => fileName);
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext);
  const isNodeProcess = specifiers.some((specifier) => /^(?:node:)?process$/.test(specifier));
  return {
    file,
    part: partOf(file),
    specifiers,
    mentionsProcess: isNodeProcess || hasIdentifier(tree, 'process'),
  };
}

function partOf(file: string): string {
  if (LEAVES.includes(file)) return LEAF;
  return file.split('/')[0]!;
}

function hasIdentifier(node: ts.Node, name: string): boolean {
  if (ts.isIdentifier(node)) return node.text === name;
  return ts.forEachChild(node, (child) => hasIdentifier(child, name) || undefined) ?? false;
}

/** The files of ours that a source imports. */
function ownImportsOf({ file, specifiers }: Source): string[] {
  return specifiers
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => posix.join(dirname(file), specifier));
}

test('the reader of imports sees every form of them', () => {
  const forms =
    "import a from './a.ts'; import type { B } from './b.ts'; import './c.ts'; export * from './d.ts'; export type { E } from './e.ts'; const f = await import('./f.ts'); // import './g.ts'";
  assert.deepEqual(
    ts.preProcessFile(forms, true, true).importedFiles.map(({ fileName }) => fileName),
    ['./a.ts', './b.ts', './c.ts', './d.ts', './e.ts', './f.ts'],
  );
});

test('every file belongs to a part of the house', () => {
  assert.ok(SOURCES.length > 20);
  for (const { file, part } of SOURCES) assert.ok(part in MAY_IMPORT, `${file} belongs to no part`);
});

test('every import of ours names a file with its extension', () => {
  for (const source of SOURCES) {
    for (const target of ownImportsOf(source)) {
      const isFile = FILES.has(target) || OTHER_FILES.has(target);
      assert.ok(isFile, `${source.file} imports ${target}, which is no file`);
    }
  }
});

test('imports point one way', () => {
  const wrong = SOURCES.flatMap((source) => {
    const allowed = [source.part, LEAF, ...MAY_IMPORT[source.part]!];
    return ownImportsOf(source)
      .filter((target) => !allowed.includes(partOf(target)))
      .map((target) => `${source.file} imports ${target}`);
  });
  assert.deepEqual(wrong, []);
});

/** Behind them is what is errno, descriptor, arena or control message. */
const LINUX_OPENERS: ReadonlySet<string> = new Set([
  'socket/linux/availability.ts',
  'socket/linux/open-probe-channel.ts',
]);

test('the client knows of the Linux engine what opens a probe channel', () => {
  const wrong = SOURCES.filter(({ part }) => part === 'client').flatMap((source) =>
    ownImportsOf(source)
      .filter((target) => target.startsWith('socket/linux/') && !LINUX_OPENERS.has(target))
      .map((target) => `${source.file} imports ${target}`),
  );
  assert.deepEqual(wrong, []);
});

test('whatever is no file of ours is a module of Node, or a package where it belongs', () => {
  const wrong = SOURCES.flatMap(({ file, specifiers }) =>
    specifiers
      .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
      .filter((specifier) => !homesOf(specifier).some((home) => file.startsWith(home)))
      .map((specifier) => `${file} imports ${specifier}`),
  );
  assert.deepEqual(wrong, []);
});

function homesOf(specifier: string): readonly string[] {
  return [PACKAGES[specifier] ?? []].flat();
}

test('no file imports itself by way of others, for types either', () => {
  const imports = new Map(SOURCES.map((source) => [source.file, ownImportsOf(source)]));
  const settled = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    assert.ok(!path.includes(file), `a circle: ${[...path, file].join(' → ')}`);
    if (settled.has(file)) return;
    for (const target of imports.get(file) ?? []) visit(target, [...path, file]);
    settled.add(file);
  };
  for (const { file } of SOURCES) visit(file, []);
});

test('the command line is imported by nothing else', () => {
  const importers = SOURCES.filter(({ part }) => part !== 'cli').filter((source) =>
    ownImportsOf(source).some((target) => partOf(target) === 'cli'),
  );
  assert.deepEqual(importers, []);
});

// Elsewhere: the time of this process's other threads, what keeps an exit from waiting for threads, the flags that threads inherit, and the
// version of Node that runs, and what its SQLite warns of.
const USES_OF_PROCESS: Readonly<Record<string, readonly string[]>> = {
  'client/host/helper-time.ts': ['process.cpuUsage(', 'process.cpuUsage(before'],
  'socket/linux/availability.ts': ['process.execArgv'],
  'watch/history/sqlite.ts': ['process.emitWarning'],
  'version.ts': ['process.versions'],
  'executable/koffi.ts': ['process.dlopen(module', 'process.env'],
  'socket/linux/stop-switch.ts': ["process.off('exit'", "process.on('exit'"],
};

test('only bin.ts, main.ts, signals.ts and job-control.ts of cli mention process, and few others one use of it each', () => {
  const mentioning = SOURCES.filter(({ mentionsProcess }) => mentionsProcess);
  assert.deepEqual(
    mentioning.map(({ file }) => file).sort(),
    [
      'cli/bin.ts',
      'cli/job-control.ts',
      'cli/main.ts',
      'cli/signals.ts',
      ...Object.keys(USES_OF_PROCESS),
    ].sort(),
  );
  for (const [file, allowed] of Object.entries(USES_OF_PROCESS)) {
    const code = repositoryText(join('src', file)).replaceAll(/^\s*(?:\/\/|\*).*$/gm, '');
    const uses = code.match(/\bprocess\.\w+(?:\([^,)]*)?/g) ?? [];
    assert.deepEqual([...new Set(uses)].sort(), allowed, file);
  }
});

test('compiled files import compiled files', () => {
  // tsc rewrites no extension of an import() inside a conditional expression.
  const compiled = compiledFiles(join('.build', 'src'));
  const wrong = compiled.filter((file) =>
    /import\(\s*['"].*\.ts['"]\s*\)/.test(repositoryText(file)),
  );
  assert.ok(compiled.length > 100, 'they were not found');
  assert.deepEqual(wrong, []);
});

function compiledFiles(folder: string): string[] {
  const names = readdirSync(repositoryPath(folder), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.js')).map((name) => join(folder, name));
}
