// SPDX-License-Identifier: MIT
// Public: finds the path MTU in each direction.

import {
  asBindFailure,
  localAddressOf,
  peersFrom,
  type LocalAddress,
} from '../client/bind-address.ts';
import { choosePeer, type ChosenPeer } from '../client/choose-peer.ts';
import { interfaceSource } from '../client/interface-source.ts';
import { makeNonce } from '../client/nonce.ts';
import { untilSourceSettles } from '../client/source-address.ts';
import { createError, EchogramError, systemCodeOf } from '../errors.ts';
import { callListeners } from '../listeners.ts';
import {
  MAX_PAYLOAD_BYTES_IPV4,
  MAX_PAYLOAD_BYTES_IPV6,
  RECEIVE_BUFFER_BYTES,
} from '../socket/datagram-socket.ts';
import { resolveHost, unmapped, type HostAddress } from '../socket/resolve.ts';
import { HEADER_BYTES } from './conclude.ts';
import { Evidence } from './evidence.ts';
import { parseMtuOptions, type MtuOptions, type ParsedMtuOptions } from './mtu-options.ts';
import type { MtuResult, MtuTarget } from './mtu-result.ts';
import { openPath, type MtuPath } from './open-path.ts';
import { Prober } from './prober.ts';
import { resultOf } from './result-of.ts';
import { Search, type SearchEnd } from './search.ts';
import { SizeCodecs } from './size-codecs.ts';

/**
 * Finds the largest packet that passes unfragmented in each direction, with any echo server at the other end.
 *
 * ```ts
 * const { forward, backward, verdict } = await mtu({ host: '192.0.2.7' });
 * ```
 *
 * It resolves even if nothing answers: the verdict says so. An abort before the address is chosen rejects with the
 * signal's reason; a later one resolves with what is known by then.
 *
 * @throws OptionError for an invalid option
 * @throws SocketError if the host does not resolve, no datagram can be sent, or the engine can't run
 */
export async function mtu(options: MtuOptions): Promise<MtuResult> {
  const parsed = parseMtuOptions(options);
  const { host, family: ipVersion, signal, bind, interface: device, port } = parsed;
  const bound = await localAddressOf(bind);
  const resolved = await resolveHost(unmapped(host), { ipVersion, signal });
  const local = device === undefined ? bound : interfaceSource(device, resolved);
  const peers = peersFrom(resolved, port, local);
  const chosen = await choosePeer(peers, { ...parsed, local });
  return await search(parsed, chosen, local);
}

async function search(
  options: ParsedMtuOptions,
  { peer, tried }: ChosenPeer,
  local: LocalAddress | undefined,
): Promise<MtuResult> {
  const { host, port, protocol, key, payloadBytes: leastBytes, signal } = options;
  await using path = await open(options, peer, local);
  const target = { host, address: peer.address, port, protocol, tried };
  const startedAt = new Date().toISOString();
  const evidence = new Evidence(peer.ipVersion);
  const nonce = makeNonce();
  const codecs = new SizeCodecs({ protocol, key, nonce }, leastBytes);
  const prober = new Prober({ path, codecs, evidence, leastBytes, signal });
  const searching = new Search(planFor(peer, leastBytes, path), evidence);
  const end = await run(searching, { options, prober, evidence, target, path });
  return resultOf({ options, target, startedAt, path, prober, evidence, searching, end });
}

interface Running {
  readonly options: ParsedMtuOptions;
  readonly prober: Prober;
  readonly evidence: Evidence;
  readonly target: MtuTarget;
  readonly path: MtuPath;
}

/** @returns how the search ended; `undefined` if it was stopped */
async function run(
  searching: Search,
  { options: { signal, onProgress }, prober, evidence, target, path }: Running,
): Promise<SearchEnd | undefined> {
  const { engine, engineReason } = path;
  const tell = (): void => {
    const { elapsedNs, sent } = prober;
    const { lo, hi } = evidence.forward();
    const range = lo === 0 ? null : { from: lo, to: hi === undefined ? null : hi - 1 };
    callListeners(() => onProgress?.({ target, engine, engineReason, elapsedNs, sent, range }));
  };
  const rounds = searching.run();
  tell();
  for (;;) {
    const next = rounds.next();
    if (next.done === true) return next.value;
    await prober.run(next.value);
    if (signal?.aborted === true) return undefined;
    requireSending(target, evidence);
    tell();
  }
}

/** @throws SocketError `ECHOGRAM_ERR_SEND` if this host can't send at all */
function requireSending({ host, port, address }: MtuTarget, { trials }: Evidence): void {
  const failed = trials.find(({ outcome }) => outcome.kind === 'unsent')?.outcome;
  if (failed?.kind !== 'unsent' || trials.some(({ outcome }) => outcome.kind !== 'unsent')) return;
  const { systemCode } = failed;
  throw createError('ECHOGRAM_ERR_SEND', { host, port, address, systemCode });
}

function planFor(
  { ipVersion }: HostAddress,
  leastBytes: number,
  { engine }: MtuPath,
): ConstructorParameters<typeof Search>[0] {
  const header = HEADER_BYTES[ipVersion];
  const controlsFragments = engine === 'linux';
  return { least: leastBytes + header, most: longest(ipVersion) + header, controlsFragments };
}

function longest(ipVersion: HostAddress['ipVersion']): number {
  return ipVersion === 4 ? MAX_PAYLOAD_BYTES_IPV4 : MAX_PAYLOAD_BYTES_IPV6;
}

async function open(
  { host, port, engine, signal }: ParsedMtuOptions,
  peer: HostAddress,
  local: LocalAddress | undefined,
): Promise<MtuPath> {
  const { address, ipVersion } = peer;
  try {
    if (local === undefined) await untilSourceSettles(peer, port, signal);
    return await openPath(engine, {
      ipVersion,
      peer: { address, port, dscp: undefined },
      ports: 1,
      payloadBytes: longest(ipVersion),
      receiveBufferBytes: RECEIVE_BUFFER_BYTES,
      ttl: undefined,
      allowBroadcast: false,
      local,
    });
  } catch (thrown) {
    signal?.throwIfAborted();
    const error = asBindFailure(thrown, local, peer);
    if (EchogramError.is(error)) throw error;
    const systemCode = systemCodeOf(error);
    throw createError('ECHOGRAM_ERR_SEND', { host, port, address, systemCode }, error);
  }
}
