// SPDX-License-Identifier: MIT
// Runs the loop of a measurement for a moment before it begins, against a socket that answers itself. Code
// that runs for the first time is interpreted, then compiled, and what it reads is not in any cache: at a
// high rate that made the first tenth of a second of each measurement one of this program.

import { RECEIVE_BUFFER_BYTES } from '../../socket/datagram-socket.ts';
import type { Libc } from '../../socket/linux/libc.ts';
import { openEchoingSocket } from '../../socket/linux/open-probe-socket.ts';
import { ProbeLoop } from './probe-loop.ts';
import { messageCount, RecordPacker } from './record-packer.ts';
import { Session, type SessionPlan } from '../session/session.ts';

/** Slower measurements are not rehearsed: at their rate nobody would see it, and a short one would wait. */
const LONGEST_INTERVAL_NS = 20e6;

/** Enough for the compiler to have been through the loop, also as far as only many probes at once take it. */
const DURATION_NS = 100e6;
const LONGEST_REHEARSED_INTERVAL_NS = 50_000;
const TIMEOUT_NS = 20e6;

/**
 * @param plan         what is to be measured
 * @param stopFd       polled as in the measurement, and not obeyed
 * @param hasListener  whether records are made
 */
export function rehearse(
  libc: Libc,
  plan: SessionPlan,
  stopFd: number,
  hasListener: boolean,
): void {
  if (plan.intervalNs > LONGEST_INTERVAL_NS) return;
  const socket = openEchoing(libc);
  if (socket === undefined) return;
  const packer = hasListener ? new RecordPacker(messageCount(), () => undefined) : undefined;
  const brief = {
    intervalNs: Math.min(plan.intervalNs, LONGEST_REHEARSED_INTERVAL_NS),
    ...{ count: Infinity, durationNs: DURATION_NS, timeoutNs: TIMEOUT_NS, streams: 1 },
  };
  const session = new Session({ ...plan, ...brief }, packer?.pack);
  const loop = new ProbeLoop({
    ...{ libc, sockets: [socket], session, payloadBytes: plan.payloadBytes, stopFd },
    ...{ stopFlag: new Int32Array(1), questions: new Int32Array(1), onQuestion: () => undefined },
    onPause: () => packer?.flush(),
  });
  loop.run();
  libc.close(socket.fd);
}

/** A host without a loopback interface measures all the same. */
function openEchoing(libc: Libc): ReturnType<typeof openEchoingSocket> | undefined {
  try {
    return openEchoingSocket(libc, RECEIVE_BUFFER_BYTES);
  } catch {
    return undefined;
  }
}
