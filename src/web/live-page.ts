// SPDX-License-Identifier: MIT
// The page of a measurement while it runs: the same as a report's, its data over server-sent events.
// Nothing here waits for a client; a snapshot is made once, and its bytes are shared by all.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { ProbeRecord } from '../client/session/probe-record.ts';
import type { SessionResult, SessionStart } from '../client/session/session-result.ts';
import { createError, systemCodeOf } from '../errors.ts';
import { eventOf, EventStream } from '../http/event-stream.ts';
import { HttpListener } from '../http/listener.ts';
import type { Reply } from '../http/reply.ts';
import { Router, type Gate } from '../http/router.ts';
import { pageData, unfinishedPageData, type PageData } from '../report/page-data.ts';
import { livePageHtml, policyOf } from '../report/page-html.ts';
import { RecordTally } from '../report/record-tally.ts';
import { isLoopback } from '../socket/ip-address.ts';

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
  #latest: Uint8Array | undefined;
  #timer: NodeJS.Timeout | undefined;

  /**
   * Listens until it is disposed of.
   *
   * @throws SocketError `ECHOGRAM_ERR_WEB`
   * @throws OptionError for an address beyond loopback without a token
   */
  static async open(options: LivePageOptions): Promise<LivePage> {
    const { host, port, token } = options;
    const nameRemedy = 'ask for this page by its address';
    const listener = await HttpListener.open({ ...options, nameRemedy }).catch((error: unknown) => {
      throw createError('ECHOGRAM_ERR_WEB', { host, port, systemCode: systemCodeOf(error) }, error);
    });
    const page = new LivePage(listener, gateOf(token));
    // After listening: only then is it known what a name stands for.
    if (token !== undefined || isLoopback(listener.address)) return page;
    await page[Symbol.asyncDispose]();
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: 'the host of the live page',
      rule: 'a loopback address, or come with a token',
      value: host,
      remedy: 'give a token of at least 16 characters',
    });
  }

  private constructor(listener: HttpListener, gate: Gate) {
    this.#listener = listener;
    this.url = `http://${listener.authority}/`;
    const router = new Router(gate)
      .get('/', thePage)
      .get('/events', () => this.#events.answer(this.#snapshot()));
    listener.serve(router);
  }

  /** The target and the settings are known. */
  begin(start: SessionStart, sourcePorts: readonly number[]): void {
    this.#tally = new RecordTally(start, sourcePorts);
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
    this.#latest ??= eventOf(snapshotOf(this.#tally));
    return this.#latest;
  }
}

const NEEDS_TOKEN: Reply = {
  status: 403,
  body: 'this page needs the token that it was started with\n',
};

/** Digests are equally long, so that the time to compare them tells nothing, not even a length. */
function gateOf(token: string | undefined): Gate {
  if (token === undefined) return () => undefined;
  const wanted = digestOf(token);
  return ({ query }) =>
    timingSafeEqual(digestOf(query.get('token') ?? ''), wanted) ? undefined : NEEDS_TOKEN;
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function snapshotOf(tally: RecordTally): PageData {
  return unfinishedPageData('live', tally.measurement(), tally.echogram(), [], tally.verdict());
}

let made: Reply | undefined;

/** The page is the same for everybody. */
function thePage(): Reply {
  made ??= pageOf(livePageHtml());
  return made;
}

function pageOf(html: string): Reply {
  const policy = `${policyOf(html)}; frame-ancestors 'none'`;
  return {
    type: 'text/html; charset=utf-8',
    headers: { 'content-security-policy': policy },
    body: Buffer.from(html),
  };
}
