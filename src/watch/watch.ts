// SPDX-License-Identifier: MIT
// Public: starts a watch. It starts the history and the prober first, then the targets.

import { closeOnAbort } from '../abort.ts';
import { ownCopy } from '../options/own-copy.ts';
import { openAlerts } from './alerts/open-alerts.ts';
import { planWatch } from './config/watch-plan.ts';
import { openFleet } from './fleet/open-fleet.ts';
import { FleetReports } from './fleet-reports.ts';
import { openHistory } from './history/open-history.ts';
import { Watch } from './running-watch.ts';
import { openTargets } from './targets/open-targets.ts';
import { parseWatchOptions, type WatchOptions } from './watch-options.ts';

/**
 * Probes many targets until it is stopped, and counts, judges and stores the outcomes.
 *
 * ```ts await using watch = await echogram.watch({ targets: ['192.0.2.7:7', 'echo.example.net'] }); watch.on('state', ({ target, state }) => console.log(target.name, state.words)); ```
 *
 * @throws OptionError for an invalid option or configuration
 * @throws SocketError `ECHOGRAM_ERR_ENGINE`
 */
export async function watch(options: WatchOptions): Promise<Watch> {
  const { config: given, engine, nodeName, signal } = parseWatchOptions(options);
  const plan = planWatch(given);
  const config = ownCopy(given);
  signal?.throwIfAborted();
  const history = await openHistory(plan.history);
  const reports = new FleetReports();
  const fleet = await openFleet({ engine, handlers: reports }).catch(async (error: unknown) => {
    await history[Symbol.asyncDispose]();
    throw error;
  });
  const named = nodeName === undefined ? {} : { nodeName };
  const watch = await Watch.begin({
    config,
    fleet,
    reports,
    history,
    openTargets: (handlers) => openTargets({ config, ...named, ...handlers }),
    openAlerts: (handlers) => openAlerts({ config, history, ...handlers }),
  });
  const close = async (): Promise<void> => {
    await watch.stop();
  };
  closeOnAbort({ closed: watch.closed, close }, signal);
  if (signal?.aborted === true) {
    await close();
    signal.throwIfAborted();
  }
  return watch;
}
