// SPDX-License-Identifier: MIT
// The UDPEchoPlus server (TR-143 Issue 1 Amendment 1, appendix A.1.3): an echo that fills its own sequence number and
// times into requests that are long enough.

import { ANSWER, type DatagramBatch } from '../../socket/datagram-batch.ts';
import type { WallClock } from '../../socket/wall-clock.ts';
import { fillUdpEchoPlus, UDP_ECHO_PLUS_MIN_BYTES } from '../../wire/udp-echo-plus.ts';
import { VERDICT } from '../admission.ts';
import { VALID } from '../counters.ts';
import { PayloadView } from './payload-view.ts';
import type { Reflector } from './reflector.ts';
import type { UdpEchoPlusState } from './udp-echo-plus-state.ts';

export class UdpEchoPlusReflector implements Reflector {
  readonly #clock: WallClock;
  readonly #state: UdpEchoPlusState;
  readonly #valid: Float64Array;
  readonly #views = new PayloadView();
  /** When the engine handed over the batch. */
  readonly #taken = { seconds: 0, nanoseconds: 0 };
  readonly #arrival = { seconds: 0, nanoseconds: 0 };
  readonly #now = { seconds: 0, nanoseconds: 0 };
  readonly #response = {
    testRespSn: 0,
    recvTimestampUs: 0,
    replyTimestampUs: 0,
    replyFailureCount: 0,
  };

  /** @param valid  one cell for each of `VALID` */
  constructor(clock: WallClock, state: UdpEchoPlusState, valid: Float64Array) {
    this.#clock = clock;
    this.#state = state;
    this.#valid = valid;
  }

  reflect(batch: DatagramBatch): void {
    const state = this.#state;
    const response = this.#response;
    this.#clock.read(this.#taken);
    this.#countRequests(batch);
    response.replyFailureCount = state.failures;
    this.#clock.read(this.#now);
    response.replyTimestampUs = state.microseconds(this.#now.seconds, this.#now.nanoseconds);
    for (let index = 0; index < batch.count; index++) {
      if (batch.verdicts[index] !== ANSWER) continue;
      const { seconds, nanoseconds } = this.#arrivalOf(batch, index);
      state.note(seconds, nanoseconds);
      if (batch.lengths[index]! < UDP_ECHO_PLUS_MIN_BYTES) continue;
      response.recvTimestampUs = state.microseconds(seconds, nanoseconds);
      response.testRespSn = state.nextSequence();
      fillUdpEchoPlus(this.#views.of(batch, index), batch.offsetOf(index), response);
    }
  }

  /** Counts requests of sources that are answered, and those of them that a limit forbids to answer (A.1.7). */
  #countRequests({ count, verdicts, lengths }: DatagramBatch): void {
    const valid = this.#valid;
    for (let index = 0; index < count; index++) {
      const verdict = verdicts[index];
      const isLimited = verdict === VERDICT['source-limit'] || verdict === VERDICT['global-limit'];
      if (isLimited) this.#state.addFailure();
      if (!isLimited && verdict !== ANSWER) continue;
      valid[VALID.datagrams] = valid[VALID.datagrams]! + 1;
      valid[VALID.bytes] = valid[VALID.bytes]! + lengths[index]!;
    }
  }

  /** When the kernel received it, or when the engine handed it over if the kernel does not report that. */
  #arrivalOf(batch: DatagramBatch, index: number): { seconds: number; nanoseconds: number } {
    const seconds = batch.arrivalSeconds[index]!;
    if (seconds === 0) return this.#taken;
    this.#arrival.seconds = seconds;
    this.#arrival.nanoseconds = batch.arrivalNanoseconds[index]!;
    return this.#arrival;
  }
}
