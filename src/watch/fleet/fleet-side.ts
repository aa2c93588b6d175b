// SPDX-License-Identifier: MIT
// The sockets of one IP version as the prober uses them: probes are written into a batch and leave together, and each
// arriving datagram goes to the session that it belongs to.

import type { Arrival, IcmpArrival, ProbeSink } from '../../socket/probe-channel.ts';
import { STRANGER } from '../../socket/probe-channel.ts';
import type { ProbeSide } from '../../socket/probe-hub.ts';
import { SEQUENCE_TICKETS, type FleetSession } from './fleet-session.ts';
import type { SessionPlace } from './fleet-target.ts';
import { PeerGroups } from './peer-groups.ts';
import type { FleetCells } from './shared-counters.ts';

/** Passes events of one IP version's sockets to the sessions. */
export class FleetSink implements ProbeSink {
  readonly #cells: FleetCells;
  readonly #sessions: ReadonlyMap<number, FleetSession>;
  #groups: PeerGroups | undefined;

  /** @param sessions  by serial number */
  constructor(cells: FleetCells, sessions: ReadonlyMap<number, FleetSession>) {
    this.#cells = cells;
    this.#sessions = sessions;
  }

  /** Called before the first probe is sent. */
  setGroups(groups: PeerGroups): void {
    this.#groups = groups;
  }

  receive(arrival: Arrival): void {
    const isAsked = arrival.peer !== STRANGER && this.#groups?.receive(arrival) === true;
    if (!isAsked) this.#cells.addStranger();
  }

  receiveIcmp(error: IcmpArrival): void {
    this.#groups?.receiveIcmp(error);
  }

  stampSent(ticket: number, kernelSentNs: number, nowNs: number): void {
    const session = this.#sessions.get(Math.floor(ticket / SEQUENCE_TICKETS));
    session?.stampSent(ticket % SEQUENCE_TICKETS, kernelSentNs, nowNs);
  }

  failSend(ticket: number): void {
    const session = this.#sessions.get(Math.floor(ticket / SEQUENCE_TICKETS));
    session?.failSend(ticket % SEQUENCE_TICKETS);
  }
}

export class FleetSide {
  readonly side: ProbeSide;
  readonly groups: PeerGroups;
  #entries = 0;

  constructor(side: ProbeSide, sink: FleetSink) {
    this.side = side;
    this.groups = new PeerGroups(side);
    sink.setGroups(this.groups);
  }

  /** Writes a probe, which is sent by `flush` or when the batch is full. */
  write(
    { session, peer, serial }: SessionPlace<FleetSide>,
    payloadBytes: number,
    intendedNs: number,
    nowNs: number,
  ): void {
    const { batch } = this.side;
    const entry = this.#entries++;
    batch.payloadBytes[entry] = payloadBytes;
    batch.peers[entry] = peer;
    batch.ports[entry] = session.prepare(intendedNs, nowNs, batch.view, batch.startOf(entry));
    batch.tickets[entry] = serial * SEQUENCE_TICKETS + (session.lastSequence % SEQUENCE_TICKETS);
    if (this.#entries === batch.capacity) this.flush();
  }

  flush(): void {
    if (this.#entries === 0) return;
    const entries = this.#entries;
    this.#entries = 0;
    this.side.send(entries);
  }
}
