// SPDX-License-Identifier: MIT
// The page of a measurement while it runs: the same as a report's, its data over server-sent events.
// Nothing here waits for a client; a snapshot is made once, and its bytes are shared by all.

import type { ProbeRecord } from '../client/session/probe-record.ts';
import type { SessionResult, SessionStart } from '../client/session/session-result.ts';
import { eventOf, EventStream } from '../http/event-stream.ts';
import { accessGate } from '../http/access.ts';
import type { HttpListener } from '../http/listener.ts';
import { keepToLoopback, openListener } from '../http/open-listener.ts';
import type { Reply } from '../http/reply.ts';
import { Router, type Gate } from '../http/router.ts';
import { pageData, unfinishedPageData, type PageData } from '../report/page-data.ts';
import { livePageHtml } from '../report/page-html.ts';
import { RecordTally } from '../report/record-tally.ts';
import { htmlReply } from './html-reply.ts';

/** Between two snapshots, at least. */
const SNAPSHOT_MS = 1000;

/** Snapshots take at most this part of the time, since on one engine the probes share the thread. */
const SNAPSHOT_SHARE = 0.02;

export interface LivePageOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Asked of every request; without one, only loopback is listened on. */
  readonly token: string | undefined;
  /** Is told of the first request that can't be answered by a fault of ours. */
  readonly onFault: (error: unknown) => void;
}

export class LivePage implements AsyncDisposable {
  /** Without the token. */
  readonly url: string;
  readonly #listener: HttpListener;
  readonly #events = new EventStream();
  #tally: RecordTally | undefined;
  #beganAtMs = 0;
  #latest: Uint8Array | undefined;
  #timer: NodeJS.Timeout | undefined;

  /**
   * Listens until it is disposed of.
   *
   * @throws SocketError `ECHOGRAM_ERR_WEB`
   * @throws OptionError for an address beyond loopback without a token
   */
  static async open(options: LivePageOptions): Promise<LivePage> {
    const { host, token } = options;
    const nameRemedy = 'open this page by its IP address';
    const listener = await openListener({ ...options, nameRemedy }, 'ECHOGRAM_ERR_WEB');
    if (token === undefined) {
      await keepToLoopback(listener, {
        option: 'the host of the live page',
        host,
        guards: 'a token is set',
        remedy: 'set a token of at least 16 characters',
      });
    }
    return new LivePage(listener, accessGate({ token }));
  }

  private constructor(listener: HttpListener, gate: Gate) {
    this.#listener = listener;
    this.url = `${listener.origin}/`;
    const router = new Router(gate)
      .get('/', thePage)
      .get('/events', () => this.#events.answer(this.#snapshot()));
    listener.serve(router);
  }

  /** The target and the settings are known. */
  begin(start: SessionStart, sourcePorts: readonly number[]): void {
    this.#tally = new RecordTally(start, sourcePorts);
    this.#beganAtMs = performance.now();
    this.#scheduleSnapshot(SNAPSHOT_MS);
  }

  add(record: ProbeRecord): void {
    this.#tally?.add(record);
  }

  /** Shows the whole result to whoever looks, and waits a moment for it to arrive. */
  async end(result: SessionResult): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#events.end(eventOf(pageData(result)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    await this.#listener[Symbol.asyncDispose]();
  }

  #scheduleSnapshot(delayMs: number): void {
    this.#timer = setTimeout(() => {
      const startedAt = performance.now();
      this.#latest = undefined;
      if (this.#events.isAwaited) this.#events.send(this.#snapshot());
      const costMs = performance.now() - startedAt;
      this.#scheduleSnapshot(Math.max(SNAPSHOT_MS, costMs / SNAPSHOT_SHARE));
    }, delayMs);
    // What keeps the program running is the measurement.
    this.#timer.unref();
  }

  /** Made once for all who come until the next one is due: coming often costs the probes nothing. */
  #snapshot(): Uint8Array | undefined {
    if (this.#tally === undefined) return undefined;
    this.#latest ??= eventOf(snapshotOf(this.#tally, (performance.now() - this.#beganAtMs) * 1e6));
    return this.#latest;
  }
}

/** @param nowNs  since the session's start, even if no record has come for long */
function snapshotOf(tally: RecordTally, nowNs: number): PageData {
  const echogram = tally.echogram();
  const page = unfinishedPageData('live', tally.measurement(), echogram, [], tally.verdict());
  return { ...page, live: tally.news(Math.round(nowNs)) };
}

let made: Reply | undefined;

/** The page is the same for everybody. */
function thePage(): Reply {
  made ??= htmlReply(livePageHtml());
  return made;
}
