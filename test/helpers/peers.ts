// The Python peers of test/peers: programs of the lesson's form, and tools that Node has no call for.

import { fileURLToPath } from 'node:url';
import type { TestContext } from 'node:test';
import { Program } from './programs.ts';

/** The path of a peer in test/peers; the tests themselves run from .build/test. */
export function peerPath(name: string): string {
  return fileURLToPath(new URL(`../../../test/peers/${name}`, import.meta.url));
}

/** Starts a Python peer. */
export function startPeer(t: TestContext, name: string, ...args: readonly string[]): Program {
  return new Program(t, 'python3', [peerPath(name), ...args]);
}

/** Starts the lesson's server in Python on a free port and resolves with the port. */
export async function startPythonServer(
  t: TestContext,
): Promise<{ server: Program; port: number }> {
  const server = startPeer(t, 'echo_server.py');
  const [, port] = await server.untilStdout(/starting up on localhost port (\d+)\n/);
  return { server, port: Number(port) };
}
