// A server at the far end of a network with two routers, and a search for the MTU of the path to it.

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { MtuResult } from '../../src/index.ts';
import { mtuViolations } from './json-schema.ts';
import type { Family, MtuNetwork } from './mtu-network.ts';
import { repositoryPath } from './repository.ts';

/** Who answers. */
export type Server = 'echogram' | 'portable' | 'stateful' | 'udp-echo-plus' | 'python' | 'socat';

const PORT = 10_000;

/**
 * How `echogram serve` is started for each kind; without UDP GSO, because a virtual link passes a group of replies however
 * long they are (is_skb_forwardable of Linux's net/core/dev.c), which no real one does.
 */
const FLAGS: Readonly<Record<Exclude<Server, 'python' | 'socat'>, readonly string[]>> = {
  echogram: ['--engine', 'linux'],
  portable: ['--engine', 'portable'],
  stateful: ['--port', '0', '--stamp', String(PORT), '--stamp-stateful'],
  'udp-echo-plus': ['--udp-echo-plus'],
};

/** Starts a server on the port of the search, for both IP versions as far as it can. */
export async function startServer(
  t: TestContext,
  { server }: MtuNetwork,
  kind: Server,
): Promise<void> {
  if (kind === 'python') {
    const script = repositoryPath('test/peers/echo_server.py');
    const python = server.start(t, 'python3', script, String(PORT), '0.0.0.0');
    await python.untilStdout(/starting up/);
  } else if (kind === 'socat') {
    const socat = server.start(
      t,
      'socat',
      '-d',
      '-d',
      `UDP6-RECVFROM:${PORT},ipv6only=0,fork`,
      'PIPE',
    );
    await socat.untilStderr(/receiving on/);
  } else {
    const program = server.startEchogram(
      t,
      'serve',
      '--host',
      '::',
      '--json',
      '--no-gso',
      ...FLAGS[kind],
    );
    await program.untilStdout(/"listening".*\n/);
  }
}

/** Searches from the host at the near end. */
export async function found(
  t: TestContext,
  network: MtuNetwork,
  family: Family,
  ...flags: readonly string[]
): Promise<MtuResult> {
  const address = network.addressOf('server', family);
  const args = ['mtu', address, '--port', String(PORT), '--json', ...flags];
  const { stdout, stderr } = await network.host.startEchogram(t, ...args).ended();
  assert.notEqual(stdout, '', stderr);
  const result = JSON.parse(stdout) as MtuResult;
  assert.deepEqual(mtuViolations(result), []);
  return result;
}
