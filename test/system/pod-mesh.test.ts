// The manifests of deploy/kubernetes, run as a kubelet runs them: pods whose containers are processes with the commands,
// variables, volumes and rights of the manifest, which find each other by a headless Service.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiMatrix } from '../../src/web/watch-api.ts';
import { Cluster } from '../helpers/cluster.ts';
import { until } from '../helpers/deadline.ts';
import { Manifest } from '../helpers/manifests.ts';
import { metricsOf, PAGE, receivedFrom, targetsOf, untilReady } from '../helpers/pod-metrics.ts';
import type { Pod } from '../helpers/pod.ts';
import { firstSkip, needsNamespaces, needsProgram } from '../helpers/skips.ts';

const skip = firstSkip(
  needsNamespaces(),
  needsProgram('dnsmasq'),
  needsProgram('curl'),
  needsProgram('setpriv'),
);

test(
  'the pods of three nodes probe each other by name, and nobody misses one that ends or is replaced',
  { skip },
  async (t) => {
    const manifest = new Manifest('deploy/kubernetes/mesh.yaml');
    const template = manifest.podOf('DaemonSet');
    const cluster = await Cluster.start(t, manifest.nameOf('Service'));
    const start = (nodeName: string, zone?: string): Pod =>
      cluster.startPod({ template, manifest, nodeName, ...(zone === undefined ? {} : { zone }) });
    const [one, two, three] = [start('node-1', 'a'), start('node-2.example', 'b'), start('node-3')];
    const others = new Map([
      [one, ['node-2.example', 'node-3']],
      [two, ['node-1', 'node-3']],
      [three, ['node-1', 'node-2.example']],
    ]);
    const answered = async (pod: Pod, names: readonly string[]): Promise<boolean> => {
      const samples = await metricsOf(cluster, pod, 'watch-metrics');
      return names.every((name) => receivedFrom(name, samples) > 0);
    };

    for (const pod of others.keys()) await untilReady(cluster, pod);
    for (const [pod, names] of others) {
      await until(
        () => answered(pod, names),
        `${pod.place.nodeName} to have replies from the others`,
      );
      assert.deepEqual(await namesAt(cluster, pod), names);
      await pod.program('watch').untilStderr(/history in \/var\/lib\/echogram\/watch\.db/);
    }
    await told(cluster, one);

    // The second node gets a new pod, as in an update of the DaemonSet, and the third node leaves.
    const replacement = start('node-2.example', 'b');
    await untilReady(cluster, replacement);
    for (const pod of [two, three]) {
      pod.end();
      await until(
        async () => (await cluster.readiness(pod))[0]?.status === 503,
        'the server that drains to say that it is not ready',
      );
      assert.equal((await pod.program('watch').ended()).exitCode, 0);
    }
    const echo = `${three.place.address}:10000`;
    const send = one.place.host.startEchogram(t, 'send', echo, '--retries', '9');
    assert.equal((await send.ended()).exitCode, 0, 'a server that drains answers');

    for (const [pod, name, address] of [
      [one, 'node-2.example', replacement.place.address],
      [replacement, 'node-1', one.place.address],
    ] as const) {
      const watches = `${pod.place.nodeName} to watch ${name} alone, at ${address}`;
      await until(async () => {
        const samples = await metricsOf(cluster, pod, 'watch-metrics');
        assert.deepEqual(
          samples.filter((sample) => sample.name.endsWith('icmp_errors_total') && sample.value > 0),
          [],
          'no probe finds a port closed',
        );
        const infos = samples.filter((sample) => sample.name === 'echogram_watch_target_info');
        const [info, ...others] = infos.map(({ labels }) => labels);
        return (
          others.length === 0 && info?.['target'] === name && info['address'] === `${address}:10862`
        );
      }, watches);
      assert.deepEqual(await namesAt(cluster, pod), [name]);
    }
    for (const pod of [two, three]) {
      const serve = pod.program('serve');
      serve.child.kill('SIGTERM');
      assert.equal((await serve.ended()).exitCode, 0);
    }
  },
);

async function namesAt(cluster: Cluster, pod: Pod): Promise<string[]> {
  const { targets } = await targetsOf(cluster, pod);
  return targets.map(({ target }) => target.name).sort();
}

/** What page and metrics of the first node say. */
async function told(cluster: Cluster, one: Pod): Promise<void> {
  const samples = await metricsOf(cluster, one, 'watch-metrics');
  const info = samples.find(({ name }) => name === 'echogram_watch_node_info');
  assert.deepEqual(info?.labels, { node: 'node-1', zone: 'a' });
  const zones = samples
    .filter(({ name }) => name === 'echogram_watch_target_info')
    .map(({ labels }) => [labels['target'], labels['zone'], labels['protocol']]);
  assert.deepEqual(zones.sort(), [
    ['node-2.example', 'b', 'stamp'],
    ['node-3', '', 'stamp'],
  ]);
  const served = await metricsOf(cluster, one, 'serve-metrics');
  const stamp = served.find(
    ({ name, labels }) =>
      name === 'echogram_service_datagrams_sent_total' && labels['protocol'] === 'stamp',
  );
  assert.ok(stamp!.value > 0, 'the server of the first node answered others');
  const { body } = await cluster.ask(`${PAGE}/api/v1/matrix`, one);
  const { nodes, cells } = JSON.parse(body) as ApiMatrix;
  assert.deepEqual(nodes.map(({ name }) => name).sort(), ['node-1', 'node-2.example', 'node-3']);
  assert.deepEqual(cells.map(({ from, to }) => `${from} ${to}`).sort(), [
    'node-1 node-2.example',
    'node-1 node-3',
  ]);
  const alive = await Promise.all(one.probes('livenessProbe').map((url) => cluster.ask(url)));
  assert.deepEqual(
    alive.map(({ status }) => status),
    [200, 200],
  );
}
