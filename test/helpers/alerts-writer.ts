// A program whose alert fires, with its history in a file; it says so, and goes on until it is killed.

import { openHistory } from '../../src/watch/history/open-history.ts';
import { AlertsBench } from './alerts-bench.ts';

const [path, raise = ''] = process.argv.slice(2);
const history = await openHistory({ path });
const bench = await AlertsBench.open({ alerts: [{ name: 'loss', raise }] }, history);
bench.add({ received: 9, lost: 1 });
// What came before a question is in the file when it is answered.
await history.series();
process.stdout.write(`${bench.state!.state} ${bench.state!.sinceMs}\n`);
