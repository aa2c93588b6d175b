// What ping and send advise if nothing listens on another host: taken at its word there, it makes the next try work.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { ENGINES } from '../helpers/engines.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { firstSkip, needsIPv6, needsNamespaces } from '../helpers/skips.ts';

/** Two hosts with IPv6 addresses, of the link too, that are usable at once. */
async function pairWithIPv6(t: TestContext): Promise<[NetworkNamespace, NetworkNamespace]> {
  const [client, server] = NetworkNamespace.createPair(t);
  await client.untilRunning('wire');
  for (const [host, number] of [
    [client, 1],
    [server, 2],
  ] as const) {
    host.run('ip', 'address', 'add', `fd77::${number}/64`, 'dev', 'wire', 'nodad');
    host.run('ip', 'address', 'add', `fe80::${number}/64`, 'dev', 'wire', 'nodad');
  }
  return [client, server];
}

/** The arguments of the command that was advised. */
function adviceOf(said: string): readonly string[] {
  const [, command] = /`echogram (serve\b[^`]*)`/.exec(said) ?? [];
  assert.ok(command !== undefined, said);
  return command.split(' ');
}

/** Runs the command that was advised, and waits for its start. */
async function followAdvice(t: TestContext, host: NetworkNamespace, said: string): Promise<void> {
  const server = host.startEchogram(t, ...adviceOf(said));
  await server.untilStdout(/waiting to receive message\n/);
}

for (const [target, ...flags] of [
  ['10.77.0.2'],
  ['10.77.0.2:7000'],
  ['fd77::2'],
  ['[fd77::2]:7000'],
  ['[fe80::2%wire]:7000'],
  ['10.77.0.2:8620', '--protocol', 'stamp'],
  ['10.77.0.2:7000', '--protocol', 'udp-echo-plus'],
] as const) {
  for (const { engine, skip: without } of ENGINES) {
    const skip = firstSkip(without, needsNamespaces());

    test(
      `ping ${[target, ...flags].join(' ')} works once its advice was followed (${engine})`,
      { skip },
      async (t) => {
        const [client, server] = await pairWithIPv6(t);
        const args = [target, ...flags, '-c', '1', '-W', '20s', '--engine', engine];
        const before = await client.startEchogram(t, 'ping', ...args, '-W', '100ms').ended();
        assert.equal(before.exitCode, 1, before.stdout);
        await followAdvice(t, server, before.stdout);
        const after = await client.startEchogram(t, 'ping', ...args).ended();
        assert.equal(after.exitCode, 0, after.stdout);
      },
    );
  }

  if (flags.length > 0) continue;
  test(
    `send ${target} works once its advice was followed`,
    { skip: needsNamespaces() },
    async (t) => {
      const [client, server] = await pairWithIPv6(t);
      const args = ['send', target, 'hello', '--timeout', '20s'];
      const before = await client.startEchogram(t, ...args).ended();
      assert.equal(before.exitCode, 1, before.stdout);
      await followAdvice(t, server, before.stderr);
      const after = await client.startEchogram(t, ...args).ended();
      assert.equal(after.exitCode, 0, after.stderr);
    },
  );
}

// Here localhost is 127.0.0.1 alone, as in many a container.
for (const target of ['localhost', '127.0.0.2', '::1', '[::1]:7000']) {
  test(
    `send ${target} works once its advice was followed on the same host`,
    { skip: firstSkip(needsNamespaces(), needsIPv6()) },
    async (t) => {
      const host = NetworkNamespace.create(t);
      const hosts = ['127.0.0.1 localhost'];
      const args = ['send', target, 'hello', '--timeout', '20s'];
      const before = await host.startWithHosts(t, hosts, ...args).ended();
      assert.equal(before.exitCode, 1, before.stdout);
      const server = host.startWithHosts(t, hosts, ...adviceOf(before.stderr));
      await server.untilStdout(/waiting to receive message\n/);
      const after = await host.startWithHosts(t, hosts, ...args).ended();
      assert.equal(after.exitCode, 0, after.stderr);
    },
  );
}
