import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Random } from '../../../src/random.ts';
import { Distribution } from '../../../src/stats/distribution.ts';
import { Duplicates } from '../../../src/stats/duplicates.ts';
import { Echogram } from '../../../src/stats/echogram.ts';
import { Histogram } from '../../../src/stats/histogram.ts';
import { Ipdv } from '../../../src/stats/ipdv.ts';
import { LossRuns } from '../../../src/stats/loss-runs.ts';
import { Loss } from '../../../src/stats/loss.ts';
import { Pdv } from '../../../src/stats/pdv.ts';
import { Reordering } from '../../../src/stats/reordering.ts';
import { SmoothedJitter } from '../../../src/stats/smoothed-jitter.ts';

/** Everything a session measures, fed as a session feeds it. */
class AllStatistics {
  readonly #rtt = new Distribution(new Histogram());
  readonly #jitter = new SmoothedJitter();
  readonly #reordering = new Reordering(4096);
  readonly #duplicates = new Duplicates();
  readonly #ipdv = new Ipdv();
  readonly #pdv = new Pdv();
  readonly #loss = new Loss();
  readonly #echogram = new Echogram(1e6);
  readonly #lossRuns = new LossRuns();

  arrived(sequence: number, rttNs: number): void {
    this.#echogram.sent(sequence * 1e6, 0);
    this.#echogram.received(sequence * 1e6, rttNs);
    this.#rtt.record(rttNs);
    this.#jitter.push(rttNs);
    this.#reordering.push(sequence);
    this.#duplicates.push(1);
  }

  final(rttNs: number | undefined): void {
    this.#ipdv.push(rttNs);
    this.#pdv.push(rttNs);
    this.#loss.push(rttNs);
    this.#lossRuns.push(rttNs);
  }

  get counts(): readonly number[] {
    return [this.#rtt.count, this.#pdv.count, this.#loss.sent, this.#loss.lost];
  }
}

/** Feeds `probes` of them, a hundredth lost and two of a hundred swapped. */
function feed(statistics: AllStatistics, probes: number, random: Random): void {
  for (let sequence = 0; sequence < probes; sequence++) {
    const isLost = sequence % 100 === 50;
    const rttNs = isLost ? undefined : 1_000_000 + Math.floor(random.next() ** 8 * 4e9);
    const swapped =
      sequence % 100 === 7 ? sequence + 1 : sequence % 100 === 8 ? sequence - 1 : sequence;
    if (rttNs !== undefined) statistics.arrived(swapped, rttNs);
    statistics.final(rttNs);
  }
}

function settledMemory(): NodeJS.MemoryUsage {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  collectGarbage();
  return process.memoryUsage();
}

test('ten million probes take the memory of the first hundred thousand', () => {
  const statistics = new AllStatistics();
  const random = new Random(862);
  feed(statistics, 100_000, random);
  const before = settledMemory();

  feed(statistics, 9_900_000, random);

  const after = settledMemory();
  // One octet for each probe would be 9.9 MB; the runner and the compiler take some of their own.
  for (const kind of ['heapUsed', 'arrayBuffers'] as const) {
    const grownBy = after[kind] - before[kind];
    assert.ok(grownBy < 4 * 2 ** 20, `${kind} has grown by ${grownBy} bytes`);
  }
  assert.deepEqual(statistics.counts, [9_900_000, 9_900_000, 10_000_000, 100_000]);
});
