// Who writes a function of their own around ours needs a name for what it takes and gives.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { repositoryPath } from '../helpers/repository.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** What a module exports, and the names of its own package that the declarations of those mention. */
interface Declared {
  readonly exported: ReadonlySet<string>;
  /** Each as `NAME, which USER names`. */
  readonly unexported: readonly string[];
}

/** What computes types from the tables of options: the types that come out have names, and need those alone. */
const COMPUTING = 'options/';

/** Reads declarations: `entry` and what it imports below `folder`. */
function declaredBy(entry: string, folder: string): Declared {
  const options = { module: ts.ModuleKind.NodeNext, types: [], noLib: true };
  const program = ts.createProgram([entry], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(entry);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  assert.ok(module !== undefined, `${entry} is a module`);
  const meant = (symbol: ts.Symbol): ts.Symbol =>
    (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
  const exported = new Map(
    checker.getExportsOfModule(module).map((symbol) => [meant(symbol), symbol.name]),
  );
  const isOurs = ({ flags, declarations = [] }: ts.Symbol): boolean =>
    (flags & ts.SymbolFlags.TypeParameter) === 0 &&
    declarations
      .map((declaration) => declaration.getSourceFile().fileName)
      .some((file) => file.startsWith(folder) && !file.startsWith(join(folder, COMPUTING)));
  const unexported = [...exported].flatMap(([{ declarations = [] }, user]) =>
    declarations
      .flatMap(namesIn)
      .flatMap((name) => checker.getSymbolAtLocation(name) ?? [])
      .map(meant)
      .filter((symbol) => isOurs(symbol) && !exported.has(symbol))
      .map(({ name }) => `${name}, which ${user} names`),
  );
  return { exported: new Set(exported.values()), unexported: [...new Set(unexported)] };
}

/** The names of types in a declaration, those that it extends among them. */
function namesIn(node: ts.Node): readonly ts.Node[] {
  const names: ts.Node[] = [];
  const visit = (inner: ts.Node): void => {
    if (ts.isTypeReferenceNode(inner)) names.push(inner.typeName);
    if (ts.isExpressionWithTypeArguments(inner)) names.push(inner.expression);
    ts.forEachChild(inner, visit);
  };
  visit(node);
  return names;
}

test('each type that an exported signature names is exported too', () => {
  const entry = repositoryPath('dist/index.d.ts');
  const { exported, unexported } = declaredBy(entry, repositoryPath('dist/'));
  assert.ok(exported.has('serve') && exported.has('PingRun') && exported.size > 50);
  assert.deepEqual(unexported, []);
});

test('the walk finds a type that is named and not exported', (t) => {
  const folder = temporaryFolder(t);
  const files = {
    'index.d.ts': "export { run, type Options } from './run.js';",
    'run.d.ts': `
      import type { Deep } from './deep.js';
      interface Base { readonly at: number }
      export interface Options extends Base { readonly deep?: readonly Deep[] }
      export declare function run<Kind>(options: Options, kind: Kind): Outcome;
      export type Outcome = 'done';`,
    'deep.d.ts': 'export interface Deep { readonly url: URL }',
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  const { exported, unexported } = declaredBy(join(folder, 'index.d.ts'), folder);
  assert.deepEqual([...exported].sort(), ['Options', 'run']);
  assert.deepEqual([...unexported].sort(), [
    'Base, which Options names',
    'Deep, which Options names',
    'Outcome, which run names',
  ]);
});
