// What pods of a cluster tell, read from another place than the pod.

import assert from 'node:assert/strict';
import type { ApiTargets } from '../../src/web/watch-api.ts';
import type { Cluster } from './cluster.ts';
import { until } from './deadline.ts';
import { readExposition, type ScrapedSample } from './exposition.ts';
import type { Pod } from './pod.ts';

/** The page of a watch, as its own pod reaches it. */
export const PAGE = 'http://127.0.0.1:10001';

export async function untilReady(cluster: Cluster, pod: Pod): Promise<void> {
  await until(
    async () => (await cluster.readiness(pod)).every(({ status }) => status === 200),
    `the pod of ${pod.place.nodeName} to be ready`,
  );
}

export async function targetsOf(cluster: Cluster, pod: Pod): Promise<ApiTargets> {
  const { status, body } = await cluster.ask(`${PAGE}/api/v1/targets`, pod);
  assert.equal(status, 200, body);
  return JSON.parse(body) as ApiTargets;
}

/** @param port  its name in the manifest */
export async function metricsOf(
  cluster: Cluster,
  pod: Pod,
  port: string,
): Promise<ScrapedSample[]> {
  const { status, body } = await cluster.ask(`${pod.origin(port)}/metrics`);
  assert.equal(status, 200, body);
  return [...readExposition(body).values()];
}

/** Probes to a target that were answered in time; 0 if it is not watched. */
export function receivedFrom(target: string, samples: readonly ScrapedSample[]): number {
  const isIt = ({ name, labels }: ScrapedSample): boolean =>
    name === 'echogram_watch_probes_received_total' && labels['target'] === target;
  return samples.find(isIt)?.value ?? 0;
}
