// SPDX-License-Identifier: MIT
// Reports a running load measurement: as a picture on a terminal, as lines, or not at all.

import type { LoadProgress } from '../load/load-options.ts';
import { loadHeading, trialLine } from '../report/load-text.ts';
import type { Io, Terminal } from './io.ts';

/** Dispose of it to release the terminal. */
export interface LoadNarrator extends Disposable {
  hear(progress: LoadProgress): void;
  /** A message for people, such as an answer to SIGQUIT. */
  tell(...lines: readonly string[]): void;
}

export function quietLoadNarrator({ stderr }: Io): LoadNarrator {
  return {
    hear: () => undefined,
    tell: (...lines) => {
      stderr.narrate(...lines);
    },
    [Symbol.dispose]: () => undefined,
  };
}

export function lineLoadNarrator({ stdout, stderr }: Io): LoadNarrator {
  const news = new TrialNews();
  return {
    hear: (progress) => {
      stdout.narrate(...news.linesOf(progress));
    },
    tell: (...lines) => {
      stderr.narrate(...lines);
    },
    [Symbol.dispose]: () => undefined,
  };
}

export async function liveLoadNarrator(io: Io, terminal: Terminal): Promise<LoadNarrator> {
  const { LoadView } = await import('./load-view.ts');
  const news = new TrialNews();
  let view: InstanceType<typeof LoadView> | undefined;
  return {
    hear: (progress) => {
      view ??= new LoadView(progress, io, terminal);
      view.update(progress);
      for (const line of news.linesOf(progress)) view.screen.narrate(line);
    },
    tell: (...lines) => {
      if (view === undefined) io.stderr.narrate(...lines);
      else view.screen.tell(...lines);
    },
    [Symbol.dispose]: () => {
      view?.screen.end();
    },
  };
}

/** What was not told yet: the target, and each trial that is over. */
class TrialNews {
  #told: number | undefined;

  linesOf({ target, trials }: LoadProgress): string[] {
    const heading = this.#told === undefined ? [loadHeading(target)] : [];
    const lines = trials.slice(this.#told ?? 0).map(trialLine);
    this.#told = trials.length;
    return [...heading, ...lines];
  }
}
