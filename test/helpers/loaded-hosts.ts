// Searches for the highest rate between two hosts on one wire, by the library as a program of the first host.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { TestContext } from 'node:test';
import type { LoadOptions, LoadResult } from '../../src/index.ts';
import { loadViolations } from './json-schema.ts';
import { NetworkNamespace } from './namespaces.ts';
import { BIN, type Program } from './programs.ts';
import { repositoryPath } from './repository.ts';

export interface LoadedHosts {
  readonly client: NetworkNamespace;
  readonly server: NetworkNamespace;
}

type Command = readonly [string, ...string[]];

const FIRST = ['chrt', '--fifo', '10'] as const;

/** A command that runs before all other programs, where that is permitted: a busy machine is then like an idle one. */
function first(...command: Command): Command {
  const [program, ...args] = FIRST;
  const isPermitted = spawnSync(program, [...args, 'true']).status === 0;
  return isPermitted ? [...FIRST, ...command] : command;
}

/** A client, and a server at 10.77.0.2 port 10000 that answers as fast as it is asked. */
export async function loadedHosts(
  t: TestContext,
  ...serveArgs: readonly string[]
): Promise<LoadedHosts> {
  const [client, server] = NetworkNamespace.createPair(t);
  const args = serveArgs.includes('--limit') ? serveArgs : ['--limit', '0', ...serveArgs];
  const serve = ['serve', '--host', '0.0.0.0', '--json', ...args];
  const echo = server.start(t, ...first(process.execPath, BIN, ...serve));
  await echo.untilStdout(/"listening".*\n/);
  return { client, server };
}

const CODE = `
  const { load } = await import(process.argv[1]);
  const result = await load(JSON.parse(process.argv[2]));
  process.stdout.write(JSON.stringify(result));
`;

/** Starts a search on the client. */
export function startLoad(
  t: TestContext,
  { client }: Pick<LoadedHosts, 'client'>,
  options: Partial<LoadOptions>,
): Program {
  const library = repositoryPath('dist/index.js');
  const given = JSON.stringify({ host: '10.77.0.2', ...options });
  const code = ['--input-type=module', '-e', CODE, library, given];
  return client.start(t, ...first(process.execPath, ...code));
}

/** The result of a search, which follows the schema, and whose counts add up. */
export async function loadResult(program: Program): Promise<LoadResult> {
  const { stdout, stderr, exitCode } = await program.ended();
  assert.equal(exitCode, 0, stderr);
  const result = JSON.parse(stdout) as LoadResult;
  assert.deepEqual(loadViolations(result), []);
  for (const { sent, received, late, lost } of result.trials) {
    assert.equal(sent, received + late + lost.path + (lost.receiveBuffer ?? 0));
  }
  return result;
}
