// SPDX-License-Identifier: MIT
// The page of a measurement while it runs: the same as a report's, its data over server-sent events.
// Nothing here waits for a client, and no client costs more than its own last snapshot.

import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIP, type AddressInfo } from 'node:net';
import type { ProbeRecord } from '../client/probe-record.ts';
import type { SessionResult, SessionStart } from '../client/session-result.ts';
import { createError, systemCodeOf } from '../errors.ts';
import { pageData, unfinishedPageData, type PageData } from '../report/page-data.ts';
import { livePageHtml, policyOf } from '../report/page-html.ts';
import { RecordTally } from '../report/record-tally.ts';
import { isLoopback } from '../socket/ip-address.ts';

/** Pages that are open at once; one more is told to come back. */
const MAX_CLIENTS = 8;

/** A request is short; whoever takes longer is cut off. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Between two snapshots, at least. */
const SNAPSHOT_MS = 1000;

/** Snapshots take at most this part of the time, since on one engine the probes share the thread. */
const SNAPSHOT_SHARE = 0.02;

/** How long the last snapshot may take to reach its readers. */
const LAST_MS = 1000;

export interface LivePageOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Asked of every request; without one, only loopback is listened on. */
  readonly token: string | undefined;
}

export class LivePage implements AsyncDisposable {
  readonly url: string;
  readonly #http: Server;
  readonly #options: LivePageOptions;
  readonly #clients = new Set<ServerResponse>();
  #tally: RecordTally | undefined;
  #timer: NodeJS.Timeout | undefined;

  /**
   * Listens until it is disposed of.
   *
   * @throws SocketError `ECHOGRAM_ERR_WEB`
   * @throws OptionError for an address beyond loopback without a token
   */
  static async open(options: LivePageOptions): Promise<LivePage> {
    const { host, port, token } = options;
    const limits = {
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: REQUEST_TIMEOUT_MS,
    };
    const http = createServer(limits);
    http.maxConnections = 2 * MAX_CLIENTS;
    http.listen({ host, port, exclusive: true });
    try {
      await once(http, 'listening');
    } catch (error) {
      const systemCode = systemCodeOf(error);
      throw createError('ECHOGRAM_ERR_WEB', { host, port, systemCode }, error);
    }
    const page = new LivePage(http, options);
    // After listening: only then is it known what a name stands for.
    if (token !== undefined || isLoopback((http.address() as AddressInfo).address)) return page;
    await page[Symbol.asyncDispose]();
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: 'the host of the live page',
      rule: 'an address of loopback, or have a token',
      value: host,
      remedy: 'give a token of at least 16 characters',
    });
  }

  private constructor(http: Server, options: LivePageOptions) {
    this.#http = http;
    this.#options = options;
    const { address, family, port } = http.address() as AddressInfo;
    const host = family === 'IPv6' ? `[${address}]` : address;
    const query = options.token === undefined ? '' : `?token=${encodeURIComponent(options.token)}`;
    this.url = `http://${host}:${port}/${query}`;
    http.on('request', (request, response) => {
      this.#answer(request, response);
    });
  }

  /** It is known whom is asked, and how. */
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
    const event = eventOf(pageData(result));
    const arrivals = [...this.#clients].map(
      (client) =>
        new Promise<void>((resolve) => {
          client.once('close', resolve);
          client.end(event, resolve);
        }),
    );
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LAST_MS);
    });
    await Promise.race([Promise.all(arrivals), patience]);
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    const closed = once(this.#http, 'close');
    this.#http.close();
    this.#http.closeAllConnections();
    await closed;
  }

  #scheduleSnapshot(delayMs: number): void {
    this.#timer = setTimeout(() => {
      const startedAt = performance.now();
      this.#sendSnapshot();
      const costMs = performance.now() - startedAt;
      this.#scheduleSnapshot(Math.max(SNAPSHOT_MS, costMs / SNAPSHOT_SHARE));
    }, delayMs);
    // What keeps the program running is the measurement.
    this.#timer.unref();
  }

  /** To those who have taken the one before; the others miss it. */
  #sendSnapshot(): void {
    const ready = [...this.#clients].filter((client) => client.writableLength === 0);
    if (ready.length === 0 || this.#tally === undefined) return;
    const event = eventOf(snapshot(this.#tally));
    for (const client of ready) client.write(event);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    if (!this.#isKnownHost(request.headers.host)) {
      refuse(response, 421, 'ask for this page by its address');
    } else if (!this.#hasToken(new URLSearchParams(query))) {
      refuse(response, 403, 'this page needs the token that it was started with');
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      // RFC 9110 section 15.5.6: whoever is told 405 is told what is allowed.
      response.setHeader('allow', 'GET, HEAD');
      refuse(response, 405, 'only GET is answered here');
    } else if (path === '/') {
      showPage(response, request.method === 'HEAD');
    } else if (path === '/events' && request.method === 'GET') {
      this.#follow(response);
    } else {
      refuse(response, 404, 'here are / and /events');
    }
  }

  /**
   * A page of anybody's can point a name of its own at this address (DNS rebinding) and would then be
   * allowed to read what is here; its requests carry that name. An address can't be pointed elsewhere.
   */
  #isKnownHost(header = ''): boolean {
    const [, bracketed, plain = ''] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(header) ?? [];
    const host = bracketed ?? plain;
    return isIP(host) !== 0 || ['localhost', this.#options.host].includes(host.toLowerCase());
  }

  #hasToken(query: URLSearchParams): boolean {
    const { token } = this.#options;
    if (token === undefined) return true;
    const given = Buffer.from(query.get('token') ?? '');
    const wanted = Buffer.from(token);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }

  #follow(response: ServerResponse): void {
    if (this.#clients.size >= MAX_CLIENTS) {
      refuse(response, 503, `${MAX_CLIENTS} pages are open already`);
      return;
    }
    this.#clients.add(response);
    response.on('close', () => this.#clients.delete(response));
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream; charset=utf-8' });
    response.flushHeaders();
    if (this.#tally !== undefined) response.write(eventOf(snapshot(this.#tally)));
  }
}

const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

function snapshot(tally: RecordTally): PageData {
  return unfinishedPageData('live', tally.measurement(), tally.echogram(), []);
}

/** JSON has no line ends of its own, so that it is one line of an event. */
function eventOf(data: PageData): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

function showPage(response: ServerResponse, isHead: boolean): void {
  const html = livePageHtml();
  response.writeHead(200, {
    ...HEADERS,
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(html),
    'content-security-policy': `${policyOf(html)}; frame-ancestors 'none'`,
  });
  response.end(isHead ? undefined : html);
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  const body = `${reason}\n`;
  response.writeHead(status, {
    ...HEADERS,
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
