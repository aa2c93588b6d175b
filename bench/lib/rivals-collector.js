// SPDX-License-Identifier: MIT
// What a Prometheus server would collect of other probers: runs beside them, in their network namespace.
//
//   node rivals-collector.js '{"seconds", "targets", "blackboxPort", "smokepingPort"}'
//
// Scrapes each target of blackbox_exporter once a second, for so long, as it only probes when it is
// scraped; then the metrics of smokeping_prober. Prints one line of JSON.

import { setTimeout } from 'node:timers/promises';

const { seconds, targets, blackboxPort, smokepingPort } = JSON.parse(process.argv[2]);

const blackbox = new Map(targets.map((address) => [address, { requests: 0, rttNs: [] }]));
const startedAt = performance.now();
const scrapes = [];
for (let round = 0; round < seconds; round++) {
  for (const [index, address] of targets.entries()) {
    await until(round + index / targets.length);
    scrapes.push(probe(address));
  }
}
await until(seconds);
await Promise.all(scrapes);
const smokeping = await text(smokepingPort, '/metrics');
console.log(JSON.stringify({ blackbox: Object.fromEntries(blackbox), smokeping }));

async function until(second) {
  await setTimeout(Math.max(0, startedAt + second * 1000 - performance.now()));
}

async function probe(address) {
  const metrics = await text(blackboxPort, `/probe?module=icmp&target=${address}`);
  const found = blackbox.get(address);
  found.requests++;
  if (!/^probe_success 1$/m.test(metrics)) return;
  const [, rtt] = /^probe_icmp_duration_seconds\{phase="rtt"\} (\S+)$/m.exec(metrics);
  found.rttNs.push(Number(rtt) * 1e9);
}

async function text(port, path) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return await response.text();
}
