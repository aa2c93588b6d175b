// SPDX-License-Identifier: MIT
// Finds the session of an arriving datagram on the sockets of one IP version. Targets with the same address and port form
// a group, because only a reply's source and content show which target it belongs to.

import type { Arrival, IcmpArrival } from '../../socket/probe-channel.ts';
import type { ProbeSide } from '../../socket/probe-hub.ts';
import { socketAddressKey } from '../../socket/ip-address.ts';
import type { Observation } from '../../client/session/observation.ts';
import type { FleetSession } from './fleet-session.ts';

/** The sessions of one address and port. */
interface PeerGroup {
  readonly key: string;
  /** By DSCP: the index of the side's peer, and the number of sessions that use it. */
  readonly peers: Map<number | undefined, { index: number; users: number }>;
  readonly sessions: FleetSession[];
}

export class PeerGroups {
  readonly #side: ProbeSide;
  readonly #groups = new Map<string, PeerGroup>();
  /** By index of the peer. */
  readonly #byPeer: (PeerGroup | undefined)[] = [];

  constructor(side: ProbeSide) {
    this.#side = side;
  }

  /** @returns the index of the session's peer */
  join(session: FleetSession): number {
    const { peer } = session;
    const group = this.#groupOf(session);
    let known = group.peers.get(peer.dscp);
    if (known === undefined) {
      known = { index: this.#side.addPeer(peer), users: 0 };
      group.peers.set(peer.dscp, known);
      this.#byPeer[known.index] = group;
    }
    known.users++;
    group.sessions.push(session);
    return known.index;
  }

  leave(session: FleetSession): void {
    const { dscp } = session.peer;
    const group = this.#groupOf(session);
    const known = group.peers.get(dscp)!;
    group.sessions.splice(group.sessions.indexOf(session), 1);
    known.users--;
    if (known.users > 0) return;
    group.peers.delete(dscp);
    this.#byPeer[known.index] = undefined;
    this.#side.removePeer(known.index);
    if (group.sessions.length === 0) this.#groups.delete(group.key);
  }

  /** Counts a datagram for its session. @returns false if no session has that peer */
  receive(arrival: Arrival): boolean {
    const sessions = this.#byPeer[arrival.peer]?.sessions;
    if (sessions === undefined) return false;
    const session = sessions.length === 1 ? sessions[0]! : ownerOf(sessions, arrival);
    if (!session.isAbandoned) session.take(session.match(arrival));
    return true;
  }

  receiveIcmp(error: IcmpArrival): void {
    for (const session of this.#byPeer[error.peer]?.sessions ?? []) {
      if (session.takeIcmp(error)) return;
    }
  }

  #groupOf({ peer }: FleetSession): PeerGroup {
    const key = socketAddressKey(peer);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group: PeerGroup = { key, peers: new Map(), sessions: [] };
    this.#groups.set(key, group);
    return group;
  }
}

/** Finds the session that recognizes most in a datagram; the first one if all see a stray. */
function ownerOf(sessions: readonly FleetSession[], arrival: Arrival): FleetSession {
  let best = sessions.find(({ isAbandoned }) => !isAbandoned) ?? sessions[0]!;
  let bestWorth = 0;
  for (const session of sessions) {
    const worth = WORTH[session.match(arrival).kind];
    if (worth === WORTH.reply) return session;
    if (worth <= bestWorth) continue;
    best = session;
    bestWorth = worth;
  }
  return best;
}

/** How surely a datagram belongs to a session that sees this in it. A corrupted one may be anybody's. */
const WORTH: Readonly<Record<Observation['kind'], number>> = {
  stray: 0,
  corrupted: 1,
  unaltered: 2,
  late: 3,
  duplicate: 3,
  reply: 3,
};
