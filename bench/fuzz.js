// SPDX-License-Identifier: MIT
// Fuzz: random mutations of STAMP and UDPEchoPlus packets through the reflectors and the decoders. Each
// must end without an exception, with a reply as long as its request, no octet beyond it written, and
// nothing of a refused one changed. A mutation that breaks that is printed with its seed and number.

import { parseArgs } from 'node:util';
import { announce } from './lib/machine.js';
import { FuzzTarget, TARGETS } from './lib/fuzz-target.js';
import { Mutator } from './lib/mutator.js';
import { store } from './lib/store.js';

const { values: flags } = parseArgs({
  options: {
    mutations: { type: 'string', default: '10000000' },
    seed: { type: 'string', default: '862' },
    once: { type: 'boolean', default: false },
    store: { type: 'boolean', default: false },
  },
});

/** Mutations after which the heap is looked at: what grows with them is a leak. */
const LOOKS = 10;

main();

function main() {
  const header = announce();
  const mutations = flags.once ? 20_000 : Number(flags.mutations);
  const rows = TARGETS.map((target) => run(target, Math.ceil(mutations / TARGETS.length)));
  const summary = tableOf(rows);
  console.log(['', ...summary].join('\n'));
  if (!flags.store) return;
  const readme = [
    '# A fuzz run',
    '',
    `Command: \`npm run fuzz -- ${process.argv.slice(2).join(' ')}\` in bench/`,
    '',
    ...header.map((line) => `- ${line}`),
    '',
    'Each mutation went through a reflector and every decoder; bench/fuzz.js says what each must hold.',
  ];
  console.log(`\nstored in runs/${store('fuzz', { readme, rows, summary })}`);
}

function run(name, mutations) {
  const seed = Number(flags.seed);
  const target = new FuzzTarget(name);
  const mutator = new Mutator(seed, target);
  const startNs = process.hrtime.bigint();
  let leastHeapBytes = Infinity;
  let mostHeapBytes = 0;
  for (let number = 0; number < mutations; number++) {
    const length = mutator.next();
    try {
      target.check(length);
    } catch (error) {
      const hex = target.request.subarray(0, length).toString('hex');
      throw new Error(`${name}, seed ${seed}, mutation ${number}: ${hex}`, { cause: error });
    }
    if (number % Math.ceil(mutations / LOOKS) !== 0) continue;
    globalThis.gc?.();
    const { heapUsed } = process.memoryUsage();
    leastHeapBytes = Math.min(leastHeapBytes, heapUsed);
    mostHeapBytes = Math.max(mostHeapBytes, heapUsed);
  }
  const seconds = Number(process.hrtime.bigint() - startNs) / 1e9;
  const { answered, refused } = target;
  const heapGrowthKiB = Math.round((mostHeapBytes - leastHeapBytes) / 1024);
  return { target: name, seed, mutations, answered, refused, broken: 0, heapGrowthKiB, seconds };
}

function tableOf(rows) {
  const lines = rows.map(
    ({ target, mutations, answered, refused, broken, heapGrowthKiB }) =>
      `| ${target} | ${mutations} | ${answered} | ${refused} | ${broken} | ${heapGrowthKiB} |`,
  );
  return [
    '| reflector | mutations | answered | refused | broken | heap growth, KiB |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
  ];
}
