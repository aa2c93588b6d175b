// SPDX-License-Identifier: MIT
// The server of UDPEchoPlus (TR-143 Issue 1 Amendment 1, appendix A.1.3): an echo whose long enough
// requests come back with a number of the server's and its times.

import { ANSWER, type DatagramBatch } from '../../socket/datagram-batch.ts';
import type { WallClock } from '../../socket/wall-clock.ts';
import { fillUdpEchoPlus, UDP_ECHO_PLUS_MIN_BYTES } from '../../wire/udp-echo-plus.ts';
import { VERDICT } from '../admission.ts';
import { PayloadView } from './payload-view.ts';
import type { Reflector } from './reflector.ts';
import type { UdpEchoPlusState } from './udp-echo-plus-state.ts';

export class UdpEchoPlusReflector implements Reflector {
  readonly #clock: WallClock;
  readonly #state: UdpEchoPlusState;
  readonly #views = new PayloadView();
  readonly #now = { seconds: 0, nanoseconds: 0 };
  readonly #response = {
    testRespSn: 0,
    recvTimestampUs: 0,
    replyTimestampUs: 0,
    replyFailureCount: 0,
  };

  constructor(clock: WallClock, state: UdpEchoPlusState) {
    this.#clock = clock;
    this.#state = state;
  }

  reflect(batch: DatagramBatch): void {
    const state = this.#state;
    const response = this.#response;
    this.#countUnanswered(batch);
    this.#clock.read(this.#now);
    const { seconds, nanoseconds } = this.#now;
    response.replyTimestampUs = state.microseconds(seconds, nanoseconds);
    response.replyFailureCount = state.failures;
    for (let index = 0; index < batch.count; index++) {
      if (batch.verdicts[index] !== ANSWER) continue;
      const arrivalSeconds = batch.arrivalSeconds[index]!;
      response.recvTimestampUs =
        arrivalSeconds === 0
          ? response.replyTimestampUs
          : state.microseconds(arrivalSeconds, batch.arrivalNanoseconds[index]!);
      state.note(arrivalSeconds || seconds, batch.arrivalNanoseconds[index]! || nanoseconds);
      if (batch.lengths[index]! < UDP_ECHO_PLUS_MIN_BYTES) continue;
      response.testRespSn = state.nextSequence();
      fillUdpEchoPlus(this.#views.of(batch, index), batch.offsetOf(index), response);
    }
  }

  /** Valid requests that the limits forbid to answer; others are not counted at all (A.1.7). */
  #countUnanswered({ count, verdicts }: DatagramBatch): void {
    for (let index = 0; index < count; index++) {
      const verdict = verdicts[index];
      const isLimited = verdict === VERDICT['source-limit'] || verdict === VERDICT['global-limit'];
      if (isLimited) this.#state.addFailure();
    }
  }
}
