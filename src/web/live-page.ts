// SPDX-License-Identifier: MIT
// The page of a measurement while it runs: the same as a report's, its data over server-sent events.
// Nothing here waits for a client; a snapshot is made once, and its bytes are shared by all.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ProbeRecord } from '../client/session/probe-record.ts';
import type { SessionResult, SessionStart } from '../client/session/session-result.ts';
import { createError, systemCodeOf } from '../errors.ts';
import type { Connection } from '../http/connection.ts';
import { HttpListener } from '../http/listener.ts';
import { isRead, ONLY_READ, send, type Reply } from '../http/reply.ts';
import { pageData, unfinishedPageData, type PageData } from '../report/page-data.ts';
import { livePageHtml, policyOf } from '../report/page-html.ts';
import { RecordTally } from '../report/record-tally.ts';
import { isLoopback } from '../socket/ip-address.ts';
import { Viewers } from './viewers.ts';

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
}

export class LivePage implements AsyncDisposable {
  /** Without the token. */
  readonly url: string;
  readonly #listener: HttpListener;
  readonly #isAllowed: (query: URLSearchParams) => boolean;
  readonly #viewers = new Viewers();
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
    const listener = await HttpListener.open({ host, port, nameRemedy }).catch((error: unknown) => {
      throw createError('ECHOGRAM_ERR_WEB', { host, port, systemCode: systemCodeOf(error) }, error);
    });
    const page = new LivePage(listener, tokenCheck(token));
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

  private constructor(listener: HttpListener, isAllowed: (query: URLSearchParams) => boolean) {
    this.#listener = listener;
    this.#isAllowed = isAllowed;
    this.url = `http://${listener.authority}/`;
    listener.handle((request, response, connection) => {
      this.#answer(request, response, connection);
    });
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
    await this.#viewers.end(eventOf(pageData(result)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    await this.#listener[Symbol.asyncDispose]();
  }

  #scheduleSnapshot(delayMs: number): void {
    this.#timer = setTimeout(() => {
      const startedAt = performance.now();
      this.#latest = undefined;
      if (this.#viewers.areWaiting) this.#viewers.show(this.#snapshot());
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

  #answer(request: IncomingMessage, response: ServerResponse, connection: Connection): void {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    if (!this.#isAllowed(new URLSearchParams(query))) refuse(response, NEEDS_TOKEN);
    else if (!isRead(request)) refuse(response, ONLY_READ);
    else if (path === '/') send(response, thePage());
    else if (path === '/events' && request.method === 'GET') this.#follow(response, connection);
    else refuse(response, { status: 404, body: 'here are / and /events\n' });
  }

  #follow(response: ServerResponse, connection: Connection): void {
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream; charset=utf-8' });
    response.flushHeaders();
    this.#viewers.add(response, connection, this.#snapshot());
  }
}

const NEEDS_TOKEN: Reply = {
  status: 403,
  body: 'this page needs the token that it was started with\n',
};

const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

/** Digests are equally long, so that the time to compare them tells nothing, not even a length. */
function tokenCheck(token: string | undefined): (query: URLSearchParams) => boolean {
  if (token === undefined) return () => true;
  const wanted = digestOf(token);
  return (query) => timingSafeEqual(digestOf(query.get('token') ?? ''), wanted);
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function snapshotOf(tally: RecordTally): PageData {
  return unfinishedPageData('live', tally.measurement(), tally.echogram(), [], tally.verdict());
}

/** JSON has no line ends of its own, so that it is one line of an event. */
function eventOf(data: PageData): Uint8Array {
  return Buffer.from(`data: ${JSON.stringify(data)}\n\n`);
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
    headers: { ...HEADERS, 'content-security-policy': policy },
    body: Buffer.from(html),
  };
}

function refuse(response: ServerResponse, reply: Reply): void {
  const policy = "default-src 'none'; frame-ancestors 'none'";
  const headers = { ...reply.headers, ...HEADERS, 'content-security-policy': policy };
  send(response, { ...reply, headers });
}
