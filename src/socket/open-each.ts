// SPDX-License-Identifier: MIT
// Opens one socket for each address of a host, all on the same port.

import { createError, systemCodeOf } from '../errors.ts';
import type { SocketAddress } from './ip-address.ts';
import { EngineUnavailable } from './linux/availability.ts';
import { isGroup } from './bind-addresses.ts';
import { openSettled } from './settled-address.ts';

export interface OpenEachOptions {
  readonly host: string;
  /** 0 lets the system choose one port for all. */
  readonly port: number;
  readonly addresses: readonly string[];
  /** Skips addresses that this host does not have, as long as it has at least one. */
  readonly allowMissing: boolean;
  /** See `EngineOptions`. */
  readonly broadcasts: readonly number[];
  /** Stops waiting for an address that the system is still checking. */
  readonly signal?: AbortSignal | undefined;
}

/** How an engine opens a socket and closes it again. */
export interface SocketOpener<Opened extends { readonly local: SocketAddress }> {
  readonly open: (address: string, port: number) => Opened | Promise<Opened>;
  readonly close: (opened: Opened) => void | Promise<void>;
}

/** The system chooses a port for the first address, but another program may hold it at the next address. */
const FREE_PORT_TRIES = 16;

/**
 * Opens a socket at each address.
 *
 * @returns at least one socket, all with the same port
 * @throws SocketError `ECHOGRAM_ERR_BIND`; nothing stays open then
 * @throws EngineUnavailable if the opener does; the signal's reason
 */
export async function openEach<Opened extends { readonly local: SocketAddress }>(
  options: OpenEachOptions,
  opener: SocketOpener<Opened>,
): Promise<readonly Opened[]> {
  for (let triesLeft = FREE_PORT_TRIES; ; triesLeft--) {
    try {
      return await openOnce(options, opener);
    } catch (error) {
      options.signal?.throwIfAborted();
      const mayRetry = options.port === 0 && systemCodeOf(error) === 'EADDRINUSE' && triesLeft > 1;
      if (error instanceof EngineUnavailable) throw error;
      if (!mayRetry) throw bindError(error, options);
    }
  }
}

async function openOnce<Opened extends { readonly local: SocketAddress }>(
  options: OpenEachOptions,
  opener: SocketOpener<Opened>,
): Promise<readonly Opened[]> {
  const opened: Opened[] = [];
  let missing: unknown;
  for (const address of options.addresses) {
    const port = opened[0]?.local.port ?? options.port;
    try {
      // The system would bind it, and the server would then receive only datagrams that it must not answer.
      if (isGroup(address, options.broadcasts))
        throw Object.assign(new Error(), { code: 'EADDRNOTAVAIL' });
      const open = () => opener.open(address, port);
      opened.push(await openSettled(open, address, options.signal));
    } catch (error) {
      missing = error;
      if (options.allowMissing && isMissingAddress(error)) continue;
      for (const socket of opened) await opener.close(socket);
      throw error;
    }
  }
  if (opened.length === 0) throw missing;
  return opened;
}

// EAFNOSUPPORT: the kernel has no IPv6 at all.
function isMissingAddress(error: unknown): boolean {
  return ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(systemCodeOf(error));
}

function bindError(error: unknown, { host, port }: OpenEachOptions): Error {
  return createError('ECHOGRAM_ERR_BIND', { host, port, systemCode: systemCodeOf(error) }, error);
}
