// SPDX-License-Identifier: MIT
// Probes many targets for a while, in a process of its own, and prints what that took as one line of JSON.

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { openFleet } from '../../dist/watch/fleet/open-fleet.js';
import { percentileOfRows } from '../../dist/watch/rtt-rows.js';

/** Before figures are taken, as code is compiled then. */
const WARM_UP_MS = 5000;

const { engine, targets, intervalMs, seconds, port } = JSON.parse(process.argv[2]);

const probe = {
  ...{ name: 'default', protocol: 'echo', intervalMs, timeoutMs: 1000, payloadBytes: 64, flows: 1 },
  ...{ dscp: undefined, key: undefined },
};

let columns = 0;
const fleet = await openFleet({
  engine,
  handlers: {
    onColumns: (some) => {
      columns += some.length;
    },
    onEvent: (event) => console.error(event.kind, event.detail),
    onFailure: (error) => {
      throw error;
    },
  },
});
fleet.set(Array.from({ length: targets }, memberAt));
await setTimeout(WARM_UP_MS);
const before = { ...totals(), threads: threadTimes(), sendErrors: fleet.sendErrorRows };
await setTimeout(seconds * 1000);
const after = { ...totals(), threads: threadTimes() };
const threadNs = growthOf(before.threads, after.threads);
const rssBytes = process.memoryUsage.rss();
const sendErrors = rowsSince(before.sendErrors, fleet.sendErrorRows);
const { hostDropped } = fleet.counters;
await fleet.stop();
const { sent, lost, skipped, sendFailed } = totals();
await fleet[Symbol.asyncDispose]();
console.log(
  JSON.stringify({
    ...{ sent, lost, skipped, sendFailed, columns, hostDropped: hostDropped.ipv4, rssBytes },
    measured: after.sent - before.sent,
    proberNs: Math.max(...threadNs.others),
    processNs: threadNs.main + threadNs.others.reduce((sum, ns) => sum + ns, 0),
    sendErrorP50Ns: percentileOfRows(sendErrors, 50),
    sendErrorP99Ns: percentileOfRows(sendErrors, 99),
    sendErrorMaxNs: percentileOfRows(sendErrors, 100),
  }),
);

/** Each target has an address of its own. */
function memberAt(_, index) {
  const address = `127.0.${(index + 1) >> 8}.${(index + 1) & 255}`;
  const key = `${address}:${port} default`;
  const target = { key, name: key, host: address, port, ipVersion: 4, labels: {}, probe };
  return { target, address: { address, port } };
}

function totals() {
  const sum = { sent: 0, lost: 0, skipped: 0, sendFailed: 0 };
  for (let index = 0; index < targets; index++) {
    const { counts } = fleet.countersOf(memberAt(undefined, index).target.key);
    sum.sent += counts.received + counts.late + counts.lost;
    for (const name of ['lost', 'skipped', 'sendFailed']) sum[name] += counts[name];
  }
  return sum;
}

/** By thread, the time on a processor (Documentation/scheduler/sched-stats). */
function threadTimes() {
  const times = new Map();
  for (const thread of readdirSync('/proc/self/task')) {
    const [ns] = readFileSync(`/proc/self/task/${thread}/schedstat`, 'utf8').split(' ');
    times.set(thread, Number(ns));
  }
  return times;
}

function rowsSince(before, rows) {
  return new Map([...rows].map(([row, count]) => [row, count - (before.get(row) ?? 0)]));
}

function growthOf(first, last) {
  const grown = [...last].map(([thread, ns]) => [thread, ns - (first.get(thread) ?? 0)]);
  const isMain = ([thread]) => thread === String(process.pid);
  return {
    main: grown.find(isMain)[1],
    others: grown.filter((each) => !isMain(each)).map(([, ns]) => ns),
  };
}
