// SPDX-License-Identifier: MIT
// Chooses the address of a host to measure: the first one that answers. Only a name with several addresses is tried,
// before the measurement and outside its counts.

import { systemCodeOf } from '../errors.ts';
import { ConnectedSocket, type ReceivedDatagram } from '../socket/portable/connected-socket.ts';
import type { HostAddress } from '../socket/resolve.ts';
import { monotonicNs } from '../time.ts';
import type { LocalAddress } from './bind-address.ts';
import type { ParsedOptions } from './ping-options.ts';
import { makeNonce } from './nonce.ts';
import { openProtocol } from './protocols/open-protocol.ts';
import type { TriedAddress } from './session/session-result.ts';
import { wallTimeAt } from '../socket/portable/wall-time.ts';
import { untilReply } from './until-reply.ts';
import { untilSourceSettles } from './source-address.ts';

/**
 * The wait after each datagram of a trial. There are two, so that one lost datagram does not make an address look
 * silent.
 */
const TRIAL_WAITS_MS = [400, 600];

/** A name may have any number of addresses, and each silent one costs a second. */
const MOST_TRIALS = 5;

export interface ChosenPeer {
  readonly peer: HostAddress;
  /** In the order of the trials; empty if there was only one address. */
  readonly tried: readonly TriedAddress[];
}

type TrialOptions = Pick<ParsedOptions, 'port' | 'payloadBytes' | 'protocol' | 'key'> & {
  readonly signal?: AbortSignal | undefined;
  readonly local?: LocalAddress | undefined;
};

/**
 * Chooses in the resolver's order. If no address answers, it returns the first silent one, or else the first one with
 * an ICMP error: a measurement reveals more than a trial, and silence may be loss.
 *
 * @param peers  at least one
 * @throws the signal's reason, at once if it aborts
 */
export async function choosePeer(
  peers: readonly HostAddress[],
  options: TrialOptions,
): Promise<ChosenPeer> {
  if (peers.length === 1) return { peer: peers[0]!, tried: [] };
  const tried: TriedAddress[] = [];
  for (const peer of peers.slice(0, MOST_TRIALS)) {
    const trial = await tryAddress(peer, options);
    tried.push(trial);
    if (trial.outcome === 'answered') return { peer, tried };
  }
  return { peer: peers[leastBad(tried)]!, tried };
}

function leastBad(tried: readonly TriedAddress[]): number {
  const silent = tried.findIndex(({ outcome }) => outcome === 'silent');
  const unreachable = tried.findIndex(({ outcome }) => outcome === 'icmp-error');
  return [silent, unreachable].find((index) => index !== -1) ?? 0;
}

async function tryAddress(peer: HostAddress, options: TrialOptions): Promise<TriedAddress> {
  const { address } = peer;
  try {
    const answer = await answerOf(peer, options);
    if (answer === undefined) return { address, outcome: 'silent', systemCode: null };
    if (answer instanceof Error) {
      return { address, outcome: 'icmp-error', systemCode: systemCodeOf(answer) };
    }
    return { address, outcome: 'answered', systemCode: null };
  } catch (error) {
    options.signal?.throwIfAborted();
    return { address, outcome: 'unreachable', systemCode: systemCodeOf(error) };
  }
}

/**
 * What arrived: any datagram, which the measurement will judge, or else an ICMP error. An ICMP error that a reply may
 * follow does not end the trial.
 *
 * @throws the system's error if this host can't send
 */
async function answerOf(
  peer: HostAddress,
  { port, signal, local, ...options }: TrialOptions,
): Promise<ReceivedDatagram | Error | undefined> {
  if (local === undefined) await untilSourceSettles(peer, port, signal);
  const payload = trialPayload(options);
  await using socket = await ConnectedSocket.open(peer, port, local);
  let hint: Error | undefined;
  for (const waitMs of TRIAL_WAITS_MS) {
    await socket.send(payload);
    const arrival = await untilReply(socket, peer, waitMs, signal);
    if (arrival !== undefined && !(arrival instanceof Error)) return arrival;
    // ICMP "fragmentation needed": the system fragments what it sends from then on.
    if (systemCodeOf(arrival) !== 'EMSGSIZE') hint = arrival ?? hint;
    if (systemCodeOf(hint) === 'ECONNREFUSED') break;
  }
  return hint;
}

/** A probe of the measurement's kind and length that belongs to no session. */
function trialPayload({
  protocol,
  key,
  payloadBytes,
}: Omit<TrialOptions, 'port' | 'signal' | 'local'>): Uint8Array {
  const codec = openProtocol({ protocol, key, payloadBytes, streams: 1, nonce: makeNonce() });
  if ('setStart' in codec) codec.setStart(wallTimeAt(monotonicNs()));
  const payload = new Uint8Array(payloadBytes);
  const fields = { stream: 0, sequence: 0, intendedAtNs: 0, sentAtNs: 0 };
  codec.encode(new DataView(payload.buffer), fields);
  return payload;
}
