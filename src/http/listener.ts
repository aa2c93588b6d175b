// SPDX-License-Identifier: MIT
// The rules of whatever listens for HTTP here, whatever it answers: how many may connect, how long they
// may take, how much they may say, and by which name they may ask.

import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Connection, type Cut } from './connection.ts';
import { isKnownHost } from './known-host.ts';
import { send } from './reply.ts';
import { requestTarget } from './request-target.ts';
import { whoGivesWay } from './who-gives-way.ts';

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
}

export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  connection: Connection,
) => void;

export class HttpListener implements AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** `host:port` as it stands in a URL. */
  readonly authority: string;
  /** Connections that were closed before their time. */
  readonly cut: Record<Cut, number> = { too_many: 0, too_slow: 0 };
  readonly #server: Server;
  readonly #options: ListenerOptions;
  readonly #connections = new Set<Connection>();

  /** Listens until it is disposed of. Rejects with the system's error. */
  static async open(options: ListenerOptions): Promise<HttpListener> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.listen({ host: options.host, port: options.port, exclusive: true, backlog: 4096 });
    await once(server, 'listening');
    return new HttpListener(server, options);
  }

  private constructor(server: Server, options: ListenerOptions) {
    const { address, family, port } = server.address() as AddressInfo;
    this.address = address;
    this.port = port;
    this.authority = `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
    this.#server = server;
    this.#options = options;
  }

  /** To be called at once, and once. */
  handle(handler: Handler): void {
    // It never listens: it is given connections, each with one request.
    const http = createHttpServer({ maxHeaderSize: MOST_HEAD_BYTES });
    const answer = byKnownName(this.#options, handler);
    // Nothing here waits for a body, so that whatever a client expects (RFC 9110 section 10.1.1) it gets the
    // answer at once; Node's own ones ask for the body, or leave the connection open.
    for (const event of ['request', 'checkContinue', 'checkExpectation']) http.on(event, answer);
    this.#server.on('connection', (socket) => {
      http.emit('connection', this.#admit(socket));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const connection of this.#connections) connection.destroy();
    await closed;
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

function byKnownName(
  { host, names = [], nameRemedy }: ListenerOptions,
  handler: Handler,
): (request: IncomingMessage, response: ServerResponse) => void {
  const known = new Set([host, ...names].map((name) => name.toLowerCase()));
  return (request, response) => {
    response.setHeader('connection', 'close');
    const target = requestTarget(request);
    if (target === undefined) {
      send(response, { status: 400, body: 'a request names one host, and once\n' });
    } else if (isKnownHost(target.host, known)) {
      request.url = target.path;
      // What was given to the HTTP server as a socket.
      handler(request, response, request.socket as unknown as Connection);
    } else {
      send(response, { status: 421, body: `this name is not known here; ${nameRemedy}\n` });
    }
  };
}
