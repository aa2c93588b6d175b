// A host whose name server never answers: what looks a name up waits for seconds, and no call ends it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { NetworkNamespace } from './namespaces.ts';
import type { Program } from './programs.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Starts a program where 127.0.0.1 is the only name server, and takes every question without a word. */
export async function startWithSilentNameServer(
  t: TestContext,
  ...command: readonly string[]
): Promise<{ program: Program; untilAsked: () => Promise<unknown> }> {
  const host = NetworkNamespace.create(t);
  const silent = host.start(t, 'python3', '-c', SILENT_NAME_SERVER);
  await silent.untilStdout(/bound/);
  const file = join(temporaryFolder(t), 'resolv.conf');
  // Longer than any test waits.
  writeFileSync(file, 'nameserver 127.0.0.1\noptions timeout:30 attempts:5\n');
  const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
  const program = host.start(t, 'unshare', '-m', 'sh', '-c', script, file, ...command);
  return { program, untilAsked: () => silent.untilStdout(/asked/) };
}

const SILENT_NAME_SERVER = `
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
print("bound", flush=True)
while True:
    server.recvfrom(512)
    print("asked", flush=True)
`;
