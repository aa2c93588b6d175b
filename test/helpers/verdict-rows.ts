// What a row of docs/measuring.md's table of verdicts is made of: hosts, firewall rules and servers.

import type { TestContext } from 'node:test';
import type { VerdictCode } from '../../src/client/session/session-result.ts';
import type { NetworkNamespace } from './namespaces.ts';
import { repositoryPath } from './repository.ts';

export const SERVER = '10.77.0.2';
export const SERVER_V6 = 'fd77::2';

export interface Hosts {
  readonly client: NetworkNamespace;
  readonly server: NetworkNamespace;
}

export interface Row {
  readonly what: string;
  readonly code: VerdictCode;
  /** What the portable engine, which knows no sender of an ICMP error, says in its place. */
  readonly portable?: readonly [code: VerdictCode, ...says: readonly RegExp[]];
  /** Of a sentence of the verdict: the headline first, then others that must be there. */
  readonly says: readonly RegExp[];
  /** It needs this option of the Linux engine, which alone is asked. */
  readonly needs?: '--df';
  /** Asked at `SERVER_V6` instead. */
  readonly isIPv6?: true;
  /** Makes the condition. @returns arguments of `ping` beside the usual ones */
  readonly make: (hosts: Hosts, t: TestContext) => Promise<readonly string[]> | readonly string[];
}

/** Long enough that no answer on this machine is late. */
export const PATIENT = ['-W', '5s'];

/** The same where some replies never come, and are waited for. */
export const BRIEF = ['-W', '2s'];

export async function serve(
  { server }: Hosts,
  t: TestContext,
  ...args: readonly string[]
): Promise<readonly string[]> {
  const program = server.startEchogram(t, 'serve', '--host', SERVER, ...args);
  await program.untilStdout(/starting up on/);
  return [];
}

/** Without duplicate address detection, for which an address would stay tentative. */
export function addIPv6({ client, server }: Hosts): void {
  client.run('ip', 'address', 'add', 'fd77::1/64', 'dev', 'wire', 'nodad');
  server.run('ip', 'address', 'add', `${SERVER_V6}/64`, 'dev', 'wire', 'nodad');
}

export async function startOddServer(
  { server }: Hosts,
  t: TestContext,
  mode: string,
  address = SERVER,
): Promise<void> {
  const script = repositoryPath('test/peers/odd_server.py');
  const program = server.start(t, 'python3', script, address, '10000', mode);
  await program.untilStdout(/ready/);
}

/** A firewall rule for UDP of one host. */
export function filter(
  host: NetworkNamespace,
  hook: 'input' | 'output',
  ...rule: readonly string[]
): void {
  host.run('nft', 'add', 'table', 'ip', 'trial');
  const chain = ['{', 'type', 'filter', 'hook', hook, 'priority', '0', ';', '}'];
  host.run('nft', 'add', 'chain', 'ip', 'trial', hook, ...chain);
  host.run('nft', 'add', 'rule', 'ip', 'trial', hook, ...rule);
}

export const fast = (count: number, interval = '5ms'): readonly string[] => [
  ...['-c', String(count), '-i', interval],
  ...PATIENT,
];
