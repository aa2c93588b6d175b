// SPDX-License-Identifier: MIT
// Public: starts an echo server. It starts the engine first, then the server that manages it.

import { closeOnAbort } from '../abort.ts';
import { DropTally } from './drop-tally.ts';
import { EchoServer, type ServerParts } from './echo-server.ts';
import { engineOptions } from './engine-options.ts';
import { EngineReports } from './engines/engine-reports.ts';
import { startEngine } from './engines/start-engine.ts';
import { parseServeOptions, type ParsedOptions, type ServeOptions } from './serve-options.ts';

/**
 * Starts a UDP echo server, which sends each datagram back unchanged to the address it came from.
 *
 * ```ts
 * await using server = await serve({ port: 0 });
 * ```
 *
 * @throws OptionError for an invalid option
 * @throws SocketError `ECHOGRAM_ERR_BIND`, `ECHOGRAM_ERR_HOST_UNRESOLVED`, `ECHOGRAM_ERR_WILDCARD_EMPTY`
 * @see RFC 862, RFC 8762, TR-143
 */
export async function serve(options: ServeOptions = {}): Promise<EchoServer> {
  const parsed = parseServeOptions(options);
  parsed.signal?.throwIfAborted();
  const server = EchoServer.of(await startedParts(parsed));
  closeOnAbort(server, parsed.signal);
  if (parsed.signal?.aborted === true) {
    await server.close();
    parsed.signal.throwIfAborted();
  }
  return server;
}

/** Starts the engine. @throws what `serve` does */
async function startedParts(options: ParsedOptions): Promise<ServerParts> {
  const reports = new EngineReports();
  const sampleCredit = new Int32Array(new SharedArrayBuffer(4));
  const asked = engineOptions(options, { sampleCredit, listener: reports });
  const drops = new DropTally();
  const dropsByService = asked.services.map(() => new DropTally());
  const started = await startEngine(options.engine, asked);
  return { options, started, reports, sampleCredit, drops, dropsByService };
}
