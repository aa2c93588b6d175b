// A program that writes a history in its working directory, a small disk that it fills in the middle, and prints what
// became of it.

import { rmSync } from 'node:fs';
import { openHistory } from '../../src/watch/history/open-history.ts';
import { until } from './deadline.ts';
import { fillDisk } from './fill-disk.ts';
import { spreadColumn } from './spread-column.ts';

const START_MS = Date.UTC(2026, 0, 1);
const KEYS = 100;

let nowMs = START_MS;
const history = await openHistory({ path: 'watch.db', now: () => nowMs });
const troubles: (string | null)[] = [];
history.onTrouble((error) => troubles.push(error));

function write(): void {
  for (let key = 0; key < KEYS; key++) {
    history.write([spreadColumn({ key: `${key}`, startMs: nowMs, rows: { [key]: 1, 800: 1 } })]);
  }
  nowMs += 10_000;
}

write();
await history.series();
fillDisk('filler');
await until(async () => {
  write();
  await history.series();
  return troubles.length > 0;
}, 'writing to fail');
const { writeFailures } = history.status;
write();
rmSync('filler');
await until(() => troubles.length > 1, 'writing to work again');
const { columns } = await history.columns({
  fromMs: START_MS,
  toMs: nowMs,
  mostColumns: (nowMs - START_MS) / 10_000,
});
const { kind, recordsLost, lastError } = history.status;
const expected = ((nowMs - START_MS) / 10_000) * KEYS;
process.stdout.write(
  JSON.stringify({
    kind,
    troubles,
    hasFailed: writeFailures > 0,
    recordsLost,
    lastError,
    missing: expected - recordsLost - columns.length,
  }),
);
await history[Symbol.asyncDispose]();
