// SPDX-License-Identifier: MIT
// Public: starts a relay. It resolves the server, and binds the sockets that clients send to.

import { closeOnAbort } from '../abort.ts';
import { createError } from '../errors.ts';
import { formatHostPort } from '../host-port.ts';
import { readTarget } from '../options/impair.ts';
import {
  broadcastWords,
  eachAddress,
  isWildcard,
  type BindAddresses,
} from '../socket/bind-addresses.ts';
import { RECEIVE_BUFFER_BYTES } from '../socket/datagram-socket.ts';
import { isOwnAddress } from '../socket/interfaces.ts';
import { isLoopback, isSameAddress } from '../socket/ip-address.ts';
import { openEach } from '../socket/open-each.ts';
import { PortableSocket } from '../socket/portable/portable-socket.ts';
import { resolveHost, type HostAddress } from '../socket/resolve.ts';
import { Relay } from './relay.ts';
import { SideCells } from './relay-counters.ts';
import {
  parseImpairOptions,
  type ImpairOptions,
  type ParsedImpairOptions,
} from './relay-options.ts';
import { Target } from './target.ts';

/**
 * Starts a relay that puts a bad network in front of a UDP server: it forwards datagrams to the server, and each reply
 * to the right client, with each direction impaired by its plan.
 *
 * ```ts await using relay = await impair({ to: '127.0.0.1:7000', plan: { lossRatio: 0.1 } }); ```
 *
 * @throws OptionError for an invalid option
 * @throws SocketError `ECHOGRAM_ERR_BIND`, `ECHOGRAM_ERR_HOST_UNRESOLVED`, `ECHOGRAM_ERR_WILDCARD_EMPTY`
 */
export async function impair(options: ImpairOptions): Promise<Relay> {
  const parsed = parseImpairOptions(options);
  const { signal } = parsed;
  signal?.throwIfAborted();
  const relay = await start(parsed);
  closeOnAbort(relay, signal);
  if (signal?.aborted === true) {
    await relay.close();
    signal.throwIfAborted();
  }
  return relay;
}

async function start(options: ParsedImpairOptions): Promise<Relay> {
  const { host, port } = readTarget(options.to)!;
  const targets = await resolveHost(host, { signal: options.signal });
  const bind = await bindAddresses(options);
  const clientSide = new SideCells();
  const fronts = await openFronts(
    bind,
    options,
    clientSide,
    (address, ownPort) => ownPort === port && targets.some((target) => isItself(target, address)),
  );
  return Relay.of({ options, fronts, clientSide, target: new Target(targets, port) });
}

/** IPv4 first, so that `address` is one that most clients can use. */
async function bindAddresses({ host, allow, signal }: ParsedImpairOptions): Promise<BindAddresses> {
  const bind = await eachAddress(host, signal);
  const isLoopbackOnly = !isWildcard(host) && bind.addresses.every(isLoopback);
  if (allow.length === 0 && !isLoopbackOnly) {
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: 'allow',
      rule: 'given if the relay listens beyond loopback',
      remedy: 'name the networks of its clients, such as 192.0.2.0/24',
    });
  }
  const isIPv6 = (address: string): number => Number(address.includes(':'));
  return { ...bind, addresses: bind.addresses.toSorted((a, b) => isIPv6(a) - isIPv6(b)) };
}

type IsTarget = (address: string, port: number) => boolean;

/** Binds the sockets that clients send to. @throws OptionError if the relay would forward to itself */
async function openFronts(
  bind: BindAddresses,
  options: ParsedImpairOptions,
  clientSide: SideCells,
  isTarget: IsTarget,
): Promise<readonly PortableSocket[]> {
  const { port } = options;
  if (bind.addresses.some((address) => isTarget(address, port))) throw itself(options);
  const fronts = await openOnce(bind, options, clientSide);
  if (!fronts.some(({ local }) => isTarget(local.address, local.port))) return fronts;
  // The system chose the server's own port, which is free. Kept open meanwhile, so that it is not chosen again.
  try {
    return await openOnce(bind, options, clientSide);
  } finally {
    await Promise.all(fronts.map((front) => front.close()));
  }
}

async function openOnce(
  bind: BindAddresses,
  { host, port, signal }: ParsedImpairOptions,
  { cells }: SideCells,
): Promise<readonly PortableSocket[]> {
  return await openEach(
    { host, port, signal, broadcasts: broadcastWords(), ...bind },
    {
      open: (address, port) =>
        PortableSocket.open({ address, port, receiveBufferBytes: RECEIVE_BUFFER_BYTES, cells }),
      close: (socket) => socket.close(),
    },
  );
}

/** True if datagrams to the target would reach a socket bound to `address`, with the same port. */
function isItself({ address: target }: HostAddress, address: string): boolean {
  if (isSameAddress(target, address)) return true;
  // An unspecified address as destination means this host.
  if (isWildcard(target)) return isLoopback(address) || isWildcard(address);
  return isWildcard(address) && (isLoopback(target) || isOwnAddress(target));
}

function itself({ to }: ParsedImpairOptions): Error {
  return createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'to',
    rule: "another address or port than the relay's own",
    value: typeof to === 'string' ? to : formatHostPort(to.host, to.port),
    remedy: 'let the relay listen on another port',
  });
}
