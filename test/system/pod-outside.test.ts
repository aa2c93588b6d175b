// The watch of targets outside of a cluster, from deploy/kubernetes, run as a kubelet runs it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { Cluster } from '../helpers/cluster.ts';
import { until } from '../helpers/deadline.ts';
import { Manifest } from '../helpers/manifests.ts';
import { metricsOf, receivedFrom, targetsOf, untilReady } from '../helpers/pod-metrics.ts';
import { firstSkip, needsNamespaces, needsProgram } from '../helpers/skips.ts';

const skip = firstSkip(
  needsNamespaces(),
  needsProgram('dnsmasq'),
  needsProgram('curl'),
  needsProgram('setpriv'),
);

interface Configuration {
  readonly targets: { readonly static: { readonly name: string }[] }[];
}

test(
  'a pod watches targets outside, and takes another ConfigMap without a restart',
  { skip },
  async (t) => {
    const manifest = new Manifest('deploy/kubernetes/outside.yaml');
    const mesh = new Manifest('deploy/kubernetes/mesh.yaml');
    const cluster = await Cluster.start(t, manifest.nameOf('Service'));
    const server = cluster.startPod({
      template: mesh.podOf('DaemonSet'),
      manifest: mesh,
      nodeName: 'far',
    });
    cluster.setName('fra.example.net', server.place.address);
    await untilReady(cluster, server);
    const template = manifest.podOf('Deployment');
    const pod = cluster.startPod({ template, manifest, nodeName: 'node-1' });
    await untilReady(cluster, pod);
    const received = async (): Promise<number> =>
      receivedFrom('frankfurt', await metricsOf(cluster, pod, 'watch-metrics'));
    await until(async () => (await received()) > 0, 'a reply from frankfurt');
    const { watch, targets } = await targetsOf(cluster, pod);
    assert.deepEqual(watch.history.path, '/var/lib/echogram/watch.db');
    const states = new Map(targets.map(({ target, state }) => [target.name, state.code]));
    assert.equal(states.get('amsterdam'), 'UNRESOLVED');

    // As a kubelet does it, a minute or two after the change.
    const before = await received();
    const config = parse(manifest.configMap('echogram-outside')['watch.yaml']!) as Configuration;
    const [first] = config.targets;
    first!.static.splice(1);
    pod.updateConfig('config', { 'watch.yaml': JSON.stringify(config) });
    await until(
      async () => (await targetsOf(cluster, pod)).targets.length === 1,
      'amsterdam to be watched no more',
    );
    assert.ok((await received()) >= before, 'what stays keeps its counters');
    pod.end();
    assert.equal((await pod.program('watch').ended()).exitCode, 0);
  },
);
