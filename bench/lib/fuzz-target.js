// SPDX-License-Identifier: MIT
// A reflector without sockets, and what must hold of each packet that it is given.

import { REFUSALS } from '../../dist/server/admission.js';
import { ShortRequests } from '../../dist/server/reflectors/short-requests.js';
import { StampReflector } from '../../dist/server/reflectors/stamp.js';
import { StampSessions } from '../../dist/server/reflectors/stamp-sessions.js';
import { UdpEchoPlusReflector } from '../../dist/server/reflectors/udp-echo-plus.js';
import { UdpEchoPlusState } from '../../dist/server/reflectors/udp-echo-plus-state.js';
import { ANSWER, DatagramBatch } from '../../dist/socket/datagram-batch.js';
import { PortableWallClock } from '../../dist/socket/portable/wall-clock.js';
import { decodeStampReply } from '../../dist/wire/stamp.js';
import { StampKey } from '../../dist/wire/stamp-hmac.js';
import { decodeUdpEchoPlus } from '../../dist/wire/udp-echo-plus.js';

export const TARGETS = ['stamp', 'stamp-stateful', 'stamp-key', 'udp-echo-plus'];

const MODES = ['unauthenticated', 'authenticated'];
const KEY = Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex');
const MOST_BYTES = 512;

/** Octets around the packet that nobody may write. */
const GUARD_BYTES = 64;
const GUARD = 0xa7;

/** One datagram between two guards. */
class GuardedBatch extends DatagramBatch {
  bytes = Buffer.alloc(MOST_BYTES + 2 * GUARD_BYTES);

  constructor() {
    super(1);
    this.count = 1;
  }

  bytesOf() {
    return this.bytes;
  }

  offsetOf() {
    return GUARD_BYTES;
  }

  peerOf() {
    return { address: '192.0.2.1', port: this.sourcePorts[0] };
  }
}

export class FuzzTarget {
  /** What the next check is about. */
  request = Buffer.alloc(MOST_BYTES);
  answered = 0;
  refused = 0;
  #batch = new GuardedBatch();
  #reflector;
  #key = new StampKey(KEY);
  #fields = { sentAt: {}, receivedAt: {}, senderSentAt: {} };

  constructor(name) {
    this.#reflector = reflectorOf(name);
  }

  /** Makes the HMAC of the packet right, if it has room for one. */
  sign(length) {
    if (length >= 112) this.#key.signPacket(this.request, 0);
  }

  /** Throws where the packet breaks a rule. */
  check(length) {
    this.#decode(length);
    const batch = this.#batch;
    const end = GUARD_BYTES + length;
    batch.bytes.fill(GUARD);
    this.request.copy(batch.bytes, GUARD_BYTES, 0, length);
    batch.lengths[0] = length;
    batch.verdicts[0] = ANSWER;
    batch.sourcePorts[0] = 50_000 + (length & 1023);
    batch.tos[0] = length & 255;
    this.#reflector.reflect(batch);
    if (batch.lengths[0] !== length) throw new Error(`the reply has ${batch.lengths[0]} octets`);
    for (let at = 0; at < GUARD_BYTES; at++) {
      const isWhole = batch.bytes[at] === GUARD && batch.bytes[end + at] === GUARD;
      if (!isWhole) throw new Error('an octet outside of the packet was written');
    }
    if (batch.verdicts[0] === ANSWER) {
      this.answered++;
      return;
    }
    this.refused++;
    if (batch.bytes.compare(this.request, 0, length, GUARD_BYTES, end) !== 0) {
      throw new Error('a refused packet was changed');
    }
  }

  #decode(length) {
    const bytes = this.request.subarray(0, length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, length);
    for (const mode of MODES) decodeStampReply(view, 0, length, mode, this.#fields);
    decodeUdpEchoPlus(view, 0, length, this.#fields);
  }
}

function reflectorOf(name) {
  const clock = new PortableWallClock();
  if (name === 'udp-echo-plus') {
    const state = new UdpEchoPlusState(UdpEchoPlusState.createMemory());
    return new UdpEchoPlusReflector(clock, state, new Float64Array(2));
  }
  const isStateful = name === 'stamp-stateful';
  const key = name === 'stamp-key' ? KEY : null;
  return new StampReflector({
    plan: {
      name: 'stamp',
      port: 0,
      isStateful,
      key,
      dscp: [46],
      answersShort: false,
      shortNotices: ShortRequests.createMemory(),
    },
    clock,
    sessions: isStateful ? new StampSessions(StampSessions.createMemory()) : undefined,
    socket: 0,
    seesTos: true,
    notify: () => undefined,
    cells: new Float64Array(REFUSALS.length),
  });
}
