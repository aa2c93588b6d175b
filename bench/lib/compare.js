// SPDX-License-Identifier: MIT
// One run of a prober held against the capture of the same run: round-trip times, and when it sent.
//
// A round trip of the capture lasts from when the probe passes the tap on its way out to when the reply
// passes it on its way in: what a capture on a network card sees of it. On loopback each packet passes
// twice, out and in at once. The reply's way out is the server's view. The probe's way in tells how
// sharp the capture is: the probe left between the two, and a true round trip is one that began there.

import { PAYLOAD_BYTES } from './probers.js';
import { quantile } from './statistics.js';

/** Times are reported in whole nanoseconds. */
const ROUNDING_NS = 1;

/**
 * Figures of one run, all in nanoseconds but the counts.
 *
 * @param prober   one of `probers()`
 * @param found    what its `read` returned
 * @param packets  of the capture, see `readPackets`
 * @param port     the server's
 * @param rate     probes a second that were asked for
 */
export function compare(prober, found, packets, { port, rate }) {
  const probes = capturedProbes(prober, packets, port);
  const first = found.sentNsOf === undefined ? 0 : firstNumber(found.sentNsOf, probes);
  return {
    ...roundTrips(found.rttNsOf, probes, first),
    ...pacing(probes, 1e9 / rate),
    reportedErrorP50Ns: found.sendErrorNs?.p50,
    reportedErrorP99Ns: found.sendErrorNs?.p99,
    reportedErrorMaxNs: found.sendErrorNs?.max,
    skipped: found.skipped,
    slots: found.slots,
  };
}

/** What the capture saw of each probe, by number, in the order of sending. */
function capturedProbes({ numberOf, intendedNsOf, hasResidence = false }, packets, port) {
  const probes = new Map();
  for (const { isFromUs, isToUs, sourcePort, destinationPort, timeNs, payload } of packets) {
    for (const part of datagramsOf(payload)) {
      const number = numberOf(part, sourcePort === port);
      if (number === undefined) continue;
      if (isFromUs && destinationPort === port && !probes.has(number)) {
        probes.set(number, { sentNs: timeNs, intendedNs: intendedNsOf?.(part) });
      } else if (isToUs && destinationPort === port && probes.has(number)) {
        probes.get(number).arrivedNs ??= timeNs;
      } else if (hasResidence && isFromUs && sourcePort === port && probes.has(number)) {
        probes.get(number).answeredNs ??= timeNs;
      } else if (isToUs && sourcePort === port && probes.has(number)) {
        probes.get(number).receivedNs ??= timeNs;
      }
    }
  }
  return probes;
}

/** A server may send several replies as one run (GSO), which nothing cuts on a virtual interface. */
function datagramsOf(payload) {
  const count = Math.ceil(payload.length / PAYLOAD_BYTES);
  return Array.from({ length: count }, (_, index) =>
    payload.subarray(index * PAYLOAD_BYTES, (index + 1) * PAYLOAD_BYTES),
  );
}

function roundTrips(rttNsOf, probes, first) {
  const differences = [];
  const captured = [];
  const betweenTaps = [];
  let bracketed = 0;
  for (const [number, rttNs] of rttNsOf) {
    const probe = probes.get(number + first);
    if (probe?.receivedNs === undefined) continue;
    // Where residence is taken off: from when the probe came in to when its reply went out.
    const residenceNs = probe.answeredNs === undefined ? 0 : probe.answeredNs - probe.arrivedNs;
    const capturedNs = probe.receivedNs - probe.sentNs - residenceNs;
    captured.push(capturedNs);
    differences.push(rttNs - capturedNs);
    if (probe.arrivedNs === undefined) continue;
    const shortestNs = probe.receivedNs - probe.arrivedNs - residenceNs;
    betweenTaps.push(capturedNs - shortestNs);
    if (rttNs >= shortestNs - ROUNDING_NS && rttNs <= capturedNs + ROUNDING_NS) bracketed++;
  }
  const absolute = differences.map(Math.abs);
  return {
    reported: rttNsOf.size,
    matched: differences.length,
    absP50Ns: quantile(absolute, 0.5),
    absP90Ns: quantile(absolute, 0.9),
    absP99Ns: quantile(absolute, 0.99),
    absMaxNs: quantile(absolute, 1),
    addedP50Ns: quantile(differences, 0.5),
    addedP99Ns: quantile(differences, 0.99),
    bracketed: betweenTaps.length > 0 ? bracketed : undefined,
    betweenTapsP50Ns: quantile(betweenTaps, 0.5),
    capturedP50Ns: quantile(captured, 0.5),
    capturedP99Ns: quantile(captured, 0.99),
  };
}

/**
 * When probes left. Gaps say it of any prober: how far two that follow each other are from a whole number
 * of intervals apart. Where probes tell when they were to be sent, it is also known how late they were,
 * against the one that was least late: the prober's clock starts at an instant that no capture knows.
 */
function pacing(probes, intervalNs) {
  const sent = [...probes.values()];
  const gaps = sent.slice(1).map(({ sentNs, intendedNs }, index) => {
    const before = sent[index];
    const gapNs = sentNs - before.sentNs;
    const dueNs =
      intendedNs === undefined
        ? Math.max(1, Math.round(gapNs / intervalNs)) * intervalNs
        : intendedNs - before.intendedNs;
    return Math.abs(gapNs - dueNs);
  });
  const isTold = sent[0]?.intendedNs !== undefined;
  const behind = isTold ? sent.map(({ sentNs, intendedNs }) => sentNs - intendedNs) : [];
  const least = behind.reduce((smallest, value) => Math.min(smallest, value), Infinity);
  const late = behind.map((value) => value - least);
  return {
    sent: sent.length,
    lateP50Ns: quantile(late, 0.5),
    lateP99Ns: quantile(late, 0.99),
    lateMaxNs: quantile(late, 1),
    gapErrorP50Ns: quantile(gaps, 0.5),
    gapErrorP99Ns: quantile(gaps, 0.99),
    gapErrorMaxNs: quantile(gaps, 1),
  };
}

/**
 * Which probe of the capture a log's first line is, where the log tells times of sending and no numbers:
 * the one from which on the gaps between lines and those between probes agree best. The times of sending
 * alone decide, so that no round-trip time is fitted to the capture.
 */
function firstNumber(sentNsOf, probes) {
  const logged = [...sentNsOf];
  const [lowest] = probes.keys();
  let best = { disagreementNs: Infinity, first: lowest };
  for (const number of probes.keys()) {
    const gaps = logged.slice(1).map(([line, sentNs], index) => {
      const [lineBefore, sentBeforeNs] = logged[index];
      const probe = probes.get(number + line);
      const before = probes.get(number + lineBefore);
      if (probe === undefined || before === undefined) return Infinity;
      return Math.abs(sentNs - sentBeforeNs - (probe.sentNs - before.sentNs));
    });
    const disagreementNs = quantile(gaps, 0.5);
    if (disagreementNs < best.disagreementNs) best = { disagreementNs, first: number };
  }
  return best.first;
}
