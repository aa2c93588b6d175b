// This host's address changes while it measures, as with DHCP or roaming: the measurement goes on from the new one.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { ProbeRecord, SessionResult } from '../../src/index.ts';
import { ENGINES } from '../helpers/engines.ts';
import { JsonServer } from '../helpers/json-server.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import type { Program } from '../helpers/programs.ts';
import { firstSkip, needsIPv6, needsNamespaces } from '../helpers/skips.ts';

interface Addresses {
  readonly server: string;
  readonly from: string;
  readonly to: string;
  readonly prefix: number;
}

const IPV4: Addresses = { server: '10.77.0.2', from: '10.77.0.1', to: '10.77.0.3', prefix: 24 };
const IPV6: Addresses = { server: 'fd77::2', from: 'fd77::1', to: 'fd77::3', prefix: 64 };

type Line = ProbeRecord | { readonly type: 'result'; readonly result: SessionResult };

function addAddress(host: NetworkNamespace, address: string, prefix: number): void {
  const noDad = address.includes(':') ? ['nodad'] : [];
  host.run('ip', 'address', 'add', `${address}/${prefix}`, 'dev', 'wire', ...noDad);
}

/** Binds to an address the local ports of all UDP sockets here that are connected. */
const HOLD_PORTS = `
import socket, sys, time
rows = [line.split() for line in open("/proc/net/udp").readlines()[1:]]
ports = {int(row[1].split(":")[1], 16) for row in rows if not row[2].endswith(":0000")}
held = []
for port in ports:
    held.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    held[-1].bind((sys.argv[1], port))
print(len(held), "held", flush=True)
sys.stdin.read()
`;

interface Run {
  readonly client: NetworkNamespace;
  readonly host: NetworkNamespace;
  readonly addresses: Addresses;
  readonly ping: Program;
}

/** A measurement through three ports that has its first reply. */
async function startPing(
  t: TestContext,
  engine: string,
  addresses = IPV4,
  ...flags: readonly string[]
): Promise<Run> {
  const { server: target, from, prefix } = addresses;
  const [client, host] = NetworkNamespace.createPair(t);
  if (addresses === IPV6) {
    addAddress(client, from, prefix);
    addAddress(host, target, prefix);
  }
  await host.untilRunning('wire');
  const { port } = await JsonServer.start(t, host, '--host', target);
  const where = addresses === IPV6 ? `[${target}]:${port}` : `${target}:${port}`;
  const ping = client.startEchogram(
    t,
    ...['ping', where, '--engine', engine, '--flows', '3', '--jsonl', '-'],
    ...['--duration', '60s', '--interval', '20ms', '--timeout', '500ms', ...flags],
  );
  await ping.untilStdout(/"type":"reply"/);
  return { client, host, addresses, ping };
}

/** So many records of a type. */
function records(count: number, type: string): string {
  return `(?:"type":"${type}"(?:(?!"type":"${type}")[^])*){${count}}`;
}

/** Ten replies are more than one through each port. */
async function untilRepliesTo(ping: Program, to: string): Promise<void> {
  const changed = `"type":"address-changed"[^\\n]*"to":"${to}"`;
  await ping.untilStdout(new RegExp(`${changed}(?:(?!"type":"reply")[^])*${records(10, 'reply')}`));
}

async function linesOf(ping: Program): Promise<readonly Line[]> {
  ping.child.kill('SIGINT');
  const { stdout } = await ping.ended();
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

for (const { engine, skip: without } of ENGINES) {
  const skip = firstSkip(without, needsNamespaces());

  for (const addresses of [IPV4, IPV6]) {
    const { server: target, from, to, prefix } = addresses;
    test(
      `goes on from the new address of this host (${engine}, ${target})`,
      { skip: firstSkip(skip, addresses === IPV6 && needsIPv6()) },
      async (t) => {
        const { client, ping } = await startPing(t, engine, addresses);
        client.run('ip', 'address', 'del', `${from}/${prefix}`, 'dev', 'wire');
        addAddress(client, to, prefix);
        await untilRepliesTo(ping, to);
        checkGoesOn(await linesOf(ping), [[from, to]]);
      },
    );
  }

  test(`goes on after a time without an address, and again (${engine})`, { skip }, async (t) => {
    const { client, addresses, ping } = await startPing(t, engine);
    const { from, to, prefix } = addresses;
    client.run('ip', 'address', 'del', `${from}/${prefix}`, 'dev', 'wire');
    await ping.untilStdout(new RegExp(records(40, 'send-failed')));
    addAddress(client, to, prefix);
    await untilRepliesTo(ping, to);
    client.run('ip', 'address', 'del', `${to}/${prefix}`, 'dev', 'wire');
    addAddress(client, from, prefix);
    await untilRepliesTo(ping, from);
    checkGoesOn(await linesOf(ping), [
      [from, to],
      [to, from],
    ]);
  });

  test(`keeps to the address that was asked for (${engine})`, { skip }, async (t) => {
    const { client, ping } = await startPing(t, engine, IPV4, '--bind', IPV4.from);
    const { from, to, prefix } = IPV4;
    client.run('ip', 'address', 'del', `${from}/${prefix}`, 'dev', 'wire');
    addAddress(client, to, prefix);
    // More than a second, in which it would look for another one.
    await ping.untilStdout(new RegExp(records(75, 'send-failed')));
    addAddress(client, from, prefix);
    await ping.untilStdout(new RegExp(`"type":"send-failed"[^]*${records(10, 'reply')}`));
    const lines = await linesOf(ping);
    assert.ok(lines.every(({ type }) => type !== 'address-changed'));
    const last = lines.at(-1)!;
    assert.ok(last.type === 'result');
    assert.deepEqual(last.result.addressChanges, []);
  });

  test(`takes other ports where its own are taken (${engine})`, { skip }, async (t) => {
    const { client, addresses, ping } = await startPing(t, engine);
    const { from, to, prefix } = addresses;
    // Else the second address would go with the first.
    client.run('sysctl', '-qw', 'net.ipv4.conf.all.promote_secondaries=1');
    addAddress(client, to, prefix);
    const holder = client.start(t, 'python3', '-c', HOLD_PORTS, to);
    await holder.untilStdout(/3 held/);
    client.run('ip', 'address', 'del', `${from}/${prefix}`, 'dev', 'wire');
    await untilRepliesTo(ping, to);
    checkGoesOn(await linesOf(ping), [[from, to]]);
  });

  test(
    `leaves an address whose route has changed, if nothing comes (${engine})`,
    { skip },
    async (t) => {
      const { client, host, addresses, ping } = await startPing(t, engine);
      const { server, from, to, prefix } = addresses;
      addAddress(client, to, prefix);
      client.run('ip', 'route', 'add', `${server}/32`, 'dev', 'wire', 'src', to);
      // Replies still come, so that the address stays.
      await ping.untilStdout(new RegExp(records(100, 'reply')));
      host.run(
        ...['ip', 'neighbour', 'replace', from, 'lladdr', '02:00:00:00:00:99'],
        ...['dev', 'wire', 'nud', 'permanent'],
      );
      await untilRepliesTo(ping, to);
      const lines = await linesOf(ping);
      checkGoesOn(lines, [[from, to]]);
      const changed = lines.findIndex(({ type }) => type === 'address-changed');
      assert.ok(lines.slice(0, changed).filter(({ type }) => type === 'reply').length >= 100);
    },
  );
}

function checkGoesOn(
  lines: readonly Line[],
  wanted: readonly (readonly [from: string, to: string])[],
): void {
  const last = lines.at(-1)!;
  assert.ok(last.type === 'result');
  const { addressChanges, datagrams, verdict, elsewhere } = last.result;
  const changes = lines.filter((line) => line.type === 'address-changed');
  assert.deepEqual(
    changes.map(({ from, to }) => [from, to]),
    wanted,
  );
  assert.deepEqual(
    addressChanges,
    changes.map(({ atNs, from, to }) => ({ atNs, from, to })),
  );
  const [from, to] = wanted[0]!;
  const sentence = `This host's source address changed from ${from} to ${to} after `;
  assert.ok(
    verdict.sentences.some((text) => text.startsWith(sentence)),
    verdict.sentences.join(),
  );
  assert.equal(elsewhere?.datagrams ?? 0, 0);

  const after = lines.slice(lines.indexOf(changes.at(-1)!));
  const replies = after.filter((line) => line.type === 'reply');
  // Also through ports other than the first.
  assert.equal(new Set(replies.map(({ stream }) => stream)).size, 3);
  const { sent, sendFailed, received, lost, late } = datagrams;
  assert.equal(sent, received + lost + late);
  const settled = lines.flatMap((line) =>
    line.type === 'reply' || line.type === 'timeout' || line.type === 'send-failed'
      ? [line.sequence]
      : [],
  );
  settled.sort((a, b) => a - b);
  // Each number once, in one count.
  assert.deepEqual(settled, [...Array(sent + sendFailed).keys()]);
}
