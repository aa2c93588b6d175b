// SPDX-License-Identifier: MIT
// The rules of all HTTP listeners: how many clients may connect, how long they may take, how much they may send, and
// which Host names are accepted.

import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Server as TlsServer } from 'node:tls';
import { formatHostPort } from '../host-port.ts';
import { Connection, type Cut } from './connection.ts';
import { isKnownHost } from './known-host.ts';
import { send, type Answer, type Reply } from './reply.ts';
import { requestTarget } from './request-target.ts';
import type { Router } from './router.ts';
import { secure, tlsFront, type TlsSettings } from './tls.ts';
import { whoGivesWay } from '../socket/who-gives-way.ts';

/** In all; with Node's own part some 5 MB. */
const MOST_CONNECTIONS = 256;

/** From one IPv4 address, or one /56 of IPv6. */
const MOST_PER_SOURCE = 64;

/** Of the request line and the headers; browsers send about 1 KiB. */
const MOST_HEAD_BYTES = 8192;

export interface ListenerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Names to be asked by, beside addresses, `localhost`, `host` and what this host calls itself. */
  readonly names?: readonly string[];
  /** What to do about a name that is none of them. */
  readonly nameRemedy: string;
  /** Without it, HTTP is not encrypted. */
  readonly tls?: TlsSettings | undefined;
  /** Of every answer, by their names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Is told of the first fault that is ours, and of no more: strangers can repeat what caused it. */
  readonly onFault: (error: unknown) => void;
}

const FAULT: Reply = { status: 500, body: 'internal error\n' };

export class HttpListener implements AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** `http://…`, without a path. */
  readonly origin: string;
  /** Connections that were closed before their time. */
  readonly cut: Record<Cut, number> = { too_many: 0, too_slow: 0 };
  readonly #server: Server;
  readonly #options: ListenerOptions;
  #tls: TlsServer | undefined;
  readonly #names: ReadonlySet<string>;
  #hasFault = false;
  readonly #connections = new Set<Connection>();

  /** Listens until it is disposed of. Rejects with the system's error. */
  static async open(options: ListenerOptions): Promise<HttpListener> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.listen({ host: options.host, port: options.port, exclusive: true, backlog: 4096 });
    await once(server, 'listening');
    return new HttpListener(server, options);
  }

  private constructor(server: Server, options: ListenerOptions) {
    const { address, port } = server.address() as AddressInfo;
    this.address = address;
    this.port = port;
    const scheme = options.tls === undefined ? 'http' : 'https';
    this.origin = `${scheme}://${formatHostPort(address, port)}`;
    this.#server = server;
    this.#options = options;
    const { host, names = [] } = options;
    this.#names = new Set([host, ...names].map((name) => name.toLowerCase()));
    // That a connection could not be accepted is said on Windows alone; elsewhere libuv tries again.
    server.on('error', (error) => {
      this.#fault(error);
    });
  }

  /** To be called at once, and once. */
  serve(router: Router): void {
    // It never listens: it is given connections, each with one request.
    const http = createHttpServer({ maxHeaderSize: MOST_HEAD_BYTES });
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      void this.#answer(router, request, response);
    };
    // Nothing here waits for a body, so that whatever a client expects (RFC 9110 section 10.1.1) it gets the
    // answer at once; Node's own ones ask for the body, or leave the connection open.
    for (const event of ['request', 'checkContinue', 'checkExpectation']) http.on(event, answer);
    if (this.#options.tls !== undefined) this.secureWith(this.#options.tls);
    this.#server.on('connection', (socket) => {
      const connection = this.#admit(socket);
      http.emit('connection', connection);
      if (this.#tls === undefined) connection.begin(socket);
      else secure(this.#tls, socket);
    });
  }

  /**
   * Takes other certificates for connections that are still to come.
   *
   * @throws if the certificate or the key is none
   */
  secureWith(settings: TlsSettings): void {
    this.#tls = tlsFront(settings, (stream) => {
      const below = [...this.#connections].find((connection) => connection.isBelow(stream));
      if (below === undefined) stream.destroy();
      else below.begin(stream);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }

  async #answer(router: Router, request: IncomingMessage, response: ServerResponse): Promise<void> {
    // What was given to the HTTP server as a socket.
    const connection = request.socket as unknown as Connection;
    const { headers = {} } = this.#options;
    response.setHeader('connection', 'close');
    try {
      send(response, await this.#answerTo(router, request), connection, headers);
    } catch (error) {
      this.#fault(error);
      if (response.headersSent) connection.destroy();
      else send(response, FAULT, connection, headers);
    }
  }

  async #answerTo(router: Router, request: IncomingMessage): Promise<Answer> {
    const target = requestTarget(request);
    if (target === undefined)
      return { status: 400, body: 'a request must have exactly one Host\n' };
    if (isKnownHost(target.host, this.#names)) return await router.answerTo(target.path, request);
    const body = `unknown host name; ${this.#options.nameRemedy}\n`;
    return { status: 421, body };
  }

  #fault(error: unknown): void {
    if (!this.#hasFault) this.#options.onFault(error);
    this.#hasFault = true;
  }

  #admit(socket: Socket): Connection {
    const connection = new Connection(socket, (why) => {
      this.cut[why]++;
    });
    this.#makeRoom(connection.source);
    this.#connections.add(connection);
    connection.once('close', () => this.#connections.delete(connection));
    return connection;
  }

  #makeRoom(source: string): void {
    const ofSource = [...this.#connections].filter((other) => other.source === source);
    const isSourceFull = ofSource.length >= MOST_PER_SOURCE;
    if (!isSourceFull && this.#connections.size < MOST_CONNECTIONS) return;
    const leaver = whoGivesWay(isSourceFull ? ofSource : this.#connections)!;
    leaver.cut('too_many');
    // Now, not when it has closed: the next one may come before that.
    this.#connections.delete(leaver);
  }
}
