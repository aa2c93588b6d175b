// SPDX-License-Identifier: MIT
// The state of targets as it changes, once a second, to those who follow all of them, or one.

import { eventOf, EventStream } from '../http/event-stream.ts';
import type { Ongoing } from '../http/reply.ts';
import type { WatchView } from '../watch/watch-view.ts';
import { apiStatus, apiWatch } from './api-status.ts';
import type { LatestColumns } from './latest-columns.ts';
import type { ApiLive } from './watch-api.ts';

const EVENT_MS = 1000;

/** What is told takes at most this part of the main thread's time. */
const EVENT_SHARE = 0.1;

/** Who follows the same, and what they know. */
interface Channel {
  readonly events: EventStream;
  /** As JSON, by the target's key, and of the rest by its name. */
  told: ReadonlyMap<string, string>;
}

type Everything = Required<ApiLive>;

export class WatchLive implements Disposable {
  readonly #watch: WatchView;
  readonly #node: string;
  readonly #latest: LatestColumns;
  /** By the key of the target; '' for all of them. */
  readonly #channels = new Map<string, Channel>();
  #everything: Everything | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(watch: WatchView, node: string, latest: LatestColumns) {
    this.#watch = watch;
    this.#node = node;
    this.#latest = latest;
    this.#schedule(EVENT_MS);
  }

  /**
   * Begins with everything, which is read once for all who come until the next event.
   *
   * @param key  of the one target that is followed; all if it is left out
   */
  answer(key = ''): Ongoing {
    const channel = this.#channels.get(key) ?? { events: new EventStream(), told: new Map() };
    this.#channels.set(key, channel);
    this.#everything ??= this.#read();
    return channel.events.answer(eventOf(partOf(this.#everything, key)));
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #schedule(delayMs: number): void {
    this.#timer = setTimeout(() => void this.#turn(), delayMs);
    this.#timer.unref();
  }

  async #turn(): Promise<void> {
    this.#everything = undefined;
    for (const [key, { events }] of this.#channels) {
      if (!events.hasReaders) this.#channels.delete(key);
    }
    if (this.#channels.size > 0) await this.#latest.follow();
    const beganAtMs = performance.now();
    if (this.#channels.size > 0) this.#tell((this.#everything = this.#read()));
    this.#schedule(Math.max(EVENT_MS, (performance.now() - beganAtMs) / EVENT_SHARE));
  }

  #tell(everything: Everything): void {
    for (const [key, channel] of this.#channels) {
      const part = partOf(everything, key);
      const told = textsOf(part);
      const event = eventOf(changes(part, channel.told, told));
      // Who missed one gets everything with the next.
      channel.told = channel.events.send(event) ? told : new Map();
    }
  }

  #read(): Everything {
    const { board, alerts } = this.#watch;
    return {
      nowMs: Date.now(),
      watch: apiWatch(this.#watch, this.#node),
      targets: board.statuses.map(apiStatus),
      left: [],
      alerts: alerts?.states ?? [],
    };
  }
}

function partOf(everything: Everything, key: string): Everything {
  if (key === '') return everything;
  return {
    ...everything,
    targets: everything.targets.filter(({ target }) => target.key === key),
    alerts: everything.alerts.filter((alert) => alert.key === key),
  };
}

/** No target has such a key: one has a name and a probe, with a space between. */
const WATCH = 'watch';
const ALERTS = 'alerts';

function textsOf({ watch, targets, alerts }: Everything): ReadonlyMap<string, string> {
  return new Map([
    [WATCH, JSON.stringify(watch)],
    [ALERTS, JSON.stringify(alerts)],
    ...targets.map((status): [string, string] => [status.target.key, JSON.stringify(status)]),
  ]);
}

function changes(
  { nowMs, watch, targets, alerts }: Everything,
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): ApiLive {
  const hasChanged = (key: string): boolean => before.get(key) !== now.get(key);
  return {
    nowMs,
    ...(hasChanged(WATCH) ? { watch } : {}),
    targets: targets.filter(({ target }) => hasChanged(target.key)),
    left: [...before.keys()].filter((key) => !now.has(key)),
    ...(hasChanged(ALERTS) ? { alerts } : {}),
  };
}
