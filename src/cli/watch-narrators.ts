// SPDX-License-Identifier: MIT
// Reports a running watch on standard output: as a table, as lines, or as lines of JSON.

import { eventLine, overviewLine, stateLine } from '../report/watch-text.ts';
import { decodeRttRows } from '../watch/rtt-rows.ts';
import type { WatchColumn } from '../watch/column.ts';
import type { Watch } from '../watch/running-watch.ts';
import type { TargetStateCode, TargetStatus } from '../watch/watch-view.ts';
import type { WatchSummary } from '../watch/watch-summary.ts';
import type { Io, Terminal } from './io.ts';
import type { Output } from './output.ts';
import { jsonEvents } from './service-output.ts';

/** Dispose of it to release its timers and the terminal. */
export interface WatchNarrator extends Disposable {
  /** True if people read events and messages on one terminal: a message need not repeat an event. */
  readonly showsEvents: boolean;
  /** A message for people, such as an answer to SIGQUIT. */
  tell(...lines: readonly string[]): void;
  /** The watch was asked to stop. */
  stopping(): void;
  ended(summary: WatchSummary): void;
}

/** How often columns that are not final are requested, so that what is shown is current. */
const LOOK_MS = 1000;

/** How often one line counts all targets by state; the first comes early, for a user who has just started the watch. */
const OVERVIEW_MS = 60_000;
const FIRST_OVERVIEW_MS = 2000;

/** Up to this many targets, a line for each says that it works from the start. */
const MOST_TOLD_WELL = 20;

export async function tableNarrator(
  watch: Watch,
  io: Io,
  terminal: Terminal,
): Promise<WatchNarrator> {
  const { watchScreen } = await import('./watch-screen.ts');
  const screen = watchScreen(watch, io, terminal);
  const look = looking(watch);
  watch.on('event', (event) => {
    screen.narrate(eventLine(event));
  });
  watch.on('state', (status, before) => {
    // The table shows it.
    if (!isWellFromStart(status, before)) screen.narrate(stateLine(status, Date.now()));
  });
  let hasEnded = false;
  const end = (): void => {
    clearInterval(look);
    if (!hasEnded) screen.end();
    hasEnded = true;
  };
  return {
    showsEvents: io.stderr.isTerminal,
    tell: (...lines) => {
      screen.tell(...lines);
    },
    // A note beneath the table says it.
    stopping: nothing,
    ended: end,
    [Symbol.dispose]: end,
  };
}

export function lineNarrator(watch: Watch, { stdout, stderr }: Io): WatchNarrator {
  const look = looking(watch);
  const tellAll = (): void => {
    stdout.narrate(overviewLine(watch.board.statuses, Date.now()));
  };
  const overview = setInterval(tellAll, OVERVIEW_MS).unref();
  watch.on('event', (event) => {
    stdout.narrate(eventLine(event));
  });
  watch.on('state', (status, before) => {
    // Of many targets, those that work from the start are only counted.
    const isFew = watch.targets.length <= MOST_TOLD_WELL;
    if (isFew || !isWellFromStart(status, before)) stdout.narrate(stateLine(status, Date.now()));
  });
  const first = setTimeout(tellAll, FIRST_OVERVIEW_MS).unref();
  const end = (): void => {
    clearInterval(look);
    clearInterval(overview);
    clearTimeout(first);
  };
  const showsEvents = stdout.isTerminal && stderr.isTerminal;
  return { ...messages(stderr), showsEvents, ended: end, [Symbol.dispose]: end };
}

export function quietNarrator({ stderr }: Io): WatchNarrator {
  return { ...messages(stderr), ended: nothing, [Symbol.dispose]: nothing };
}

export function jsonNarrator(watch: Watch, { stdout, stderr }: Io): WatchNarrator {
  const { write, writeOnce } = jsonEvents(stdout);
  const { engine, engineReason, history, sources, targets } = watch;
  writeOnce('watching', {
    engine,
    engineReason,
    history: history.status,
    sources,
    targets: targets.map(shownTarget),
  });
  watch.on('targets', (now) => {
    writeOnce('targets', { targets: now.map(shownTarget) });
  });
  watch.on('columns', (columns) => {
    for (const column of columns) write('column', shownColumn(column));
  });
  watch.on('event', ({ kind, ...event }) => {
    write(kind, event);
  });
  watch.on('state', ({ target, state, window }, before) => {
    write('state', { key: target.key, state, before, window });
  });
  return {
    ...messages(stderr),
    ended: ({ targets: ended, ...summary }) => {
      writeOnce('summary', {
        ...summary,
        targets: ended.map(({ target: { key }, ...counted }) => ({ key, ...counted })),
        missingLines: stdout.missingLines,
      });
    },
    [Symbol.dispose]: nothing,
  };
}

function isWellFromStart({ state }: TargetStatus, before: TargetStateCode): boolean {
  return before === 'STARTING' && state.code === 'WORKS';
}

/** Updates the board each second with the columns that are not final. */
function looking(watch: Watch): NodeJS.Timeout {
  const look = (): void => void watch.fleet.openColumns().catch(nothing);
  look();
  return setInterval(look, LOOK_MS).unref();
}

function messages(stderr: Output): Pick<WatchNarrator, 'showsEvents' | 'tell' | 'stopping'> {
  const tell = (...lines: readonly string[]): void => {
    stderr.narrate(...lines);
  };
  return {
    showsEvents: false,
    tell,
    stopping: () => {
      tell('echogram: waiting for the last replies; a second signal ends it now');
    },
  };
}

/** Without its key, which is secret. */
function shownTarget({ probe, ...target }: Watch['targets'][number]): object {
  const { key, ...settings } = probe;
  return { ...target, probe: { ...settings, isAuthenticated: key !== undefined } };
}

function shownColumn({ key, startMs, widthMs, counts, rttNs, ...column }: WatchColumn): object {
  const rttRows = [...(decodeRttRows(column.rttRows) ?? [])].flat();
  return { key, startMs, widthMs, counts, rttNs, rttRows, hostDropped: column.hostDropped };
}

function nothing(): void {
  // Nothing is shown.
}
