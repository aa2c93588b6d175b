// A program that writes columns to a history for ever, and prints how many are in the file.

import { openHistory } from '../../src/watch/history/open-history.ts';
import { spreadColumn } from './spread-column.ts';

const [path] = process.argv.slice(2);
let nowMs = Date.UTC(2026, 0, 1);
const history = await openHistory({ path, now: () => nowMs });
for (let written = 0; ; written += 100) {
  process.stdout.write(`${written}\n`);
  for (let place = 0; place < 100; place++) {
    history.write([spreadColumn({ key: `${place}`, startMs: nowMs, rows: { 200: 1 } })]);
  }
  nowMs += 10_000;
  await history.series();
}
