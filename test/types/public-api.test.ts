// The package as a program meets it: the names it exports, and the declarations of dist/, which are what is
// shipped, under a compiler that checks them too (skipLibCheck: false).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import * as echogram from '../../src/index.ts';

const EXPECTATIONS = [
  resolve('test/types/public-api.test-d.ts'),
  resolve('test/types/commonjs.test-d.cts'),
];

const { options: STRICT } = ts.parseJsonConfigFileContent(
  JSON.parse(readFileSync('test/types/strict-program.json', 'utf8')),
  ts.sys,
  '.',
);

test('the package exports these names and no other', () => {
  assert.deepEqual(Object.keys(echogram).sort(), [
    'EchoServer',
    'EchogramError',
    'OptionError',
    'PingRun',
    'ProtocolError',
    'Relay',
    'SocketError',
    'Watch',
    'impair',
    'load',
    'mtu',
    'ping',
    'reportPage',
    'send',
    'serve',
    'verdict',
    'watch',
  ]);
});

test('the declarations compile in a strict program of Node, and say what is expected', () => {
  assert.deepEqual(faultsOf({ ...STRICT, lib: ['lib.es2022.d.ts'] }), []);
});

test('they do beside the declarations of a browser too', () => {
  assert.deepEqual(faultsOf({ ...STRICT, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'] }), []);
});

/**
 * `echogram` is this package itself, through its `exports`, so what is read is dist/. Other people's declarations
 * are theirs to check, and take seconds.
 */
function faultsOf(options: ts.CompilerOptions): string[] {
  const program = ts.createProgram(EXPECTATIONS, { ...options, module: ts.ModuleKind.NodeNext });
  const isOurs = ({ fileName }: ts.SourceFile): boolean => !fileName.includes('/node_modules/');
  const ours = program.getSourceFiles().filter((file) => isOurs(file));
  assert.ok(ours.includes(program.getSourceFile(resolve('dist/index.d.ts'))!), 'dist/ is not read');
  return ours.flatMap((file) => ts.getPreEmitDiagnostics(program, file)).map(textOf);
}

function textOf({ file, start = 0, messageText }: ts.Diagnostic): string {
  const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
  return `${file?.fileName ?? ''}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}
