// echogram ping through a proxy, stopped by the number of its probes and no clock.

import type { TestContext } from 'node:test';
import { until } from './deadline.ts';
import type { ImpairmentProxy } from './impairment-proxy.ts';
import { startEchogram, type Ending } from './programs.ts';

/** Measures until so many probes came by: of a number of slots a client that stalls skips some. */
export async function pingUntil(
  t: TestContext,
  proxy: ImpairmentProxy,
  probes: number,
  ...args: readonly string[]
): Promise<Ending> {
  const client = startEchogram(t, ['ping', `127.0.0.1:${proxy.port}`, ...args]);
  await until(() => proxy.sent.length >= probes, `${probes} probes`);
  client.child.kill('SIGINT');
  return await client.ended();
}
