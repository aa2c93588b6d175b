// A watch of twenty targets on five hosts, each behind a bad network of its own: what it counts is what these did.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { peerPath } from '../helpers/peers.ts';
import type { Program } from '../helpers/programs.ts';
import { firstSkip, needsLinuxEngine, needsNamespaces, needsProgram } from '../helpers/skips.ts';

const SKIP = firstSkip(needsNamespaces(), needsLinuxEngine(), needsProgram('python3'));

const HOSTS = 5;
const PORTS = 4;
const FIRST_PORT = 7000;

/** A machine that stalls for seconds must make no probe late that is not, and none lost that is late. */
const TIMEOUT_MS = 5000;
const LATE_MS = 7500;

/** How long the probes are watched. */
const SECONDS = 10;

interface Log {
  readonly answered: number;
  readonly late: number;
  readonly dropped: number;
  readonly duplicated: number;
}

interface Host {
  readonly address: string;
  readonly peer: Program;
}

/** A host on a wire of its own. */
function connect(t: TestContext, hub: NetworkNamespace, index: number): Host {
  const host = NetworkNamespace.create(t);
  const wire = `wire${index}`;
  hub.run(
    ...['ip', 'link', 'add', wire, 'type', 'veth'],
    ...['peer', 'name', 'wire', 'netns', host.name],
  );
  for (const [side, name, last] of [
    [hub, wire, 1],
    [host, 'wire', 2],
  ] as const) {
    side.run('ip', 'address', 'add', `10.78.${index}.${last}/24`, 'dev', name);
    side.run('ip', 'link', 'set', name, 'addrgenmode', 'none');
    side.run('ip', 'link', 'set', name, 'up');
  }
  const address = `10.78.${index}.2`;
  const peer = host.start(
    t,
    'python3',
    ...[peerPath('bad_networks.py'), '0.0.0.0', String(FIRST_PORT), String(PORTS)],
    ...[String(index), String(LATE_MS)],
  );
  return { address, peer };
}

async function logsOf(hosts: readonly Host[]): Promise<ReadonlyMap<string, Log>> {
  const logs = new Map<string, Log>();
  for (const { address, peer } of hosts) {
    peer.child.stdin!.write('\n');
    const [line] = await peer.untilStdout(/^\{.*\}$/m);
    for (const [port, log] of Object.entries(JSON.parse(line) as Record<string, Log>)) {
      logs.set(`${address}:${port} default`, log);
    }
  }
  return logs;
}

interface Summary {
  readonly targets: readonly {
    readonly key: string;
    readonly sent: number;
    readonly counts: Readonly<Record<string, number>>;
  }[];
}

test('its counts are exactly what became of each probe', { skip: SKIP }, async (t) => {
  const hub = NetworkNamespace.create(t);
  const hosts = Array.from({ length: HOSTS }, (_, index) => connect(t, hub, index));
  await Promise.all(hosts.map(({ peer }) => peer.untilStdout(/echoing/)));
  const targets = hosts.flatMap(({ address }) =>
    Array.from({ length: PORTS }, (_, port) => `${address}:${FIRST_PORT + port}`),
  );
  const watch = hub.startEchogram(
    t,
    ...['watch', ...targets, '-i', '20ms', '-W', `${TIMEOUT_MS}ms`, '--json', '--listen', 'none'],
  );
  await watch.untilStdout(/"event":"state"/);
  await pause(SECONDS * 1000);
  watch.child.kill('SIGINT');
  const { exitCode, stdout, stderr } = await watch.ended();
  assert.equal(exitCode, 0, stderr);
  const summary = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Summary;
  const logs = await logsOf(hosts);
  assert.equal(summary.targets.length, HOSTS * PORTS);
  for (const { key, sent, counts } of summary.targets) {
    const { answered, late, dropped, duplicated } = logs.get(key)!;
    const { received, late: countedLate, lost, duplicate, corrupted, stray } = counts;
    assert.deepEqual(
      { sent, received, late: countedLate, lost, duplicate, corrupted, stray },
      {
        sent: answered + late + dropped,
        received: answered,
        late,
        lost: dropped,
        duplicate: duplicated,
        corrupted: 0,
        stray: 0,
      },
      key,
    );
    assert.ok(sent > (SECONDS * 1000) / 20 / 2, `${key}: only ${sent} were sent`);
  }
  const all = [...logs.values()];
  for (const name of ['late', 'dropped', 'duplicated'] as const) {
    assert.ok(all.some((log) => log[name] > 0) && all.some((log) => log[name] === 0), name);
  }
});
