// SPDX-License-Identifier: MIT
// From options to open sockets: where probes leave from, where they may go, and the engine that sends them.

import { createError, EchogramError, systemCodeOf } from '../errors.ts';
import { RECEIVE_BUFFER_BYTES } from '../socket/datagram-socket.ts';
import { resolveHost, unmapped, type HostAddress } from '../socket/resolve.ts';
import { asBindFailure, localAddressOf, peersFrom, type LocalAddress } from './bind-address.ts';
import { openProbeEngine, type OpenedProbeEngine } from './engines/open-probe-engine.ts';
import type { ProbeEngineOptions } from './engines/probe-engine.ts';
import { interfaceSource } from './interface-source.ts';
import type { ParsedOptions } from './ping-options.ts';
import { untilSourceSettles } from './source-address.ts';

/** The options with the parsed and resolved source address. */
export type Located = ParsedOptions & { readonly local: LocalAddress | undefined };

/** Where probes leave from, and the addresses that they can be sent to. */
interface Places {
  readonly local: LocalAddress | undefined;
  readonly peers: readonly HostAddress[];
}

/** @throws SocketError if the host does not resolve, or can't be reached from the given source */
export async function locate(options: ParsedOptions): Promise<Places> {
  const { host, family: ipVersion, bind, interface: device, port, signal } = options;
  // Not awaited if there is nothing to look up, so that an abort right after the call finds an address already chosen.
  const bound = bind === undefined ? undefined : await localAddressOf(bind);
  const resolved = await resolveHost(unmapped(host), { ipVersion, signal });
  const local = device === undefined ? bound : interfaceSource(device, resolved);
  return { local, peers: peersFrom(resolved, port, local) };
}

/** @throws SocketError if no socket can be opened, or the engine can't run */
export async function openMeasurement(
  options: Located,
  { plan, peer, onRecord }: Pick<ProbeEngineOptions, 'plan' | 'onRecord'> & { peer: HostAddress },
): Promise<OpenedProbeEngine> {
  const { host, port, ttl, dscp, dontFragment, allowBroadcast, engine, local } = options;
  const channel = {
    ipVersion: peer.ipVersion,
    peer: { address: peer.address, port, dscp },
    receiveBufferBytes: RECEIVE_BUFFER_BYTES,
    ttl,
    dontFragment,
    allowBroadcast,
    local,
  };
  try {
    if (local === undefined) await untilSourceSettles(peer, port, options.signal);
    return await openProbeEngine(engine, { plan, channel, onRecord });
  } catch (thrown) {
    options.signal?.throwIfAborted();
    const error = asBindFailure(thrown, local, peer);
    if (EchogramError.is(error)) throw error;
    const systemCode = systemCodeOf(error);
    // Linux returns this from connect(2) for a broadcast address.
    if (systemCode === 'EACCES' && !allowBroadcast) {
      const data = { host, port, option: 'allowBroadcast', systemCode };
      throw createError('ECHOGRAM_ERR_BROADCAST', data, error);
    }
    const { address } = peer;
    throw createError('ECHOGRAM_ERR_SEND', { host, port, address, systemCode }, error);
  }
}
