// SPDX-License-Identifier: MIT
// The table of docs/watch.md: the condition of each state of a target, in order, and its sentence. The codes have the
// same meaning as for a measurement (client/verdict/conditions.ts), but for the latest stretch.

import { isNoChance } from '../../client/verdict/chance.ts';
import { gradeOf, missedOf } from '../../client/verdict/missed.ts';
import { OUTAGE_NS, OUTAGE_PROBES } from '../../client/verdict/outage.ts';
import { FAILED_HMAC } from '../../client/verdict/unanswered.ts';
import { escapeText } from '../../printable.ts';
import { countOf, formatCount, formatNs, formatRatio } from '../../quantities.ts';
import type { EngineName } from '../../socket/datagram-socket.ts';
import { sentOf, type Counts } from '../counts.ts';
import type { WatchTarget } from '../target.ts';
import { askedOf, STRETCH_PROBES, type LatestStretch } from './latest-stretch.ts';
import type { BoardCode } from './states.ts';

/** What is known about a target. */
export interface Known {
  readonly target: WatchTarget;
  readonly engine: EngineName;
  readonly hasAddress: boolean;
  /** Why the name can't be resolved now; `null` if it can. */
  readonly resolveError: string | null;
  readonly stretch: LatestStretch;
  /** Time since the latest reply in time; `null` if there never was one. */
  readonly silentMs: number | null;
  /** Losses in the columns since that reply. */
  readonly lostSince: number;
  /** Time since the prober's latest report on the target, or since the target was added. */
  readonly newsAgeMs: number;
}

interface Condition {
  readonly code: BoardCode;
  readonly holds: (known: Known) => boolean;
  readonly words: (known: Known) => string;
}

/** Three columns without news: everything known is out of date. */
const STALE_MS = 30_000;

const CONDITIONS: readonly Condition[] = [
  {
    code: 'STALE',
    holds: ({ newsAgeMs, target }) => newsAgeMs > STALE_MS + expectedSilenceMs(target),
    words: ({ newsAgeMs }) =>
      `No news from the prober for ${formatMs(newsAgeMs)}, so these numbers are old.`,
  },
  {
    code: 'UNRESOLVED',
    holds: ({ hasAddress }) => !hasAddress,
    words: ({ target, resolveError }) =>
      `Nothing is sent: ${escapeText(target.host)} has no address yet${resolveError === null ? '' : ` (${escapeText(resolveError)})`}.`,
  },
  {
    code: 'STARTING',
    holds: ({ stretch: { counts } }) => askedOf(counts) - counts.unresolved < STRETCH_PROBES,
    words: () => 'Too few probes were settled to tell.',
  },
  {
    code: 'NOTHING_SENT',
    holds: ({ stretch: { counts } }) => sentOf(counts) === 0,
    words: ({ stretch: { counts } }) => `This host sent nothing: ${unsentWords(counts)}.`,
  },
];

const UNANSWERED: readonly Condition[] = [
  {
    code: 'NOTHING_LISTENS',
    holds: ({ stretch: { counts } }) => counts.portUnreachable > 0 && counts.icmpErrors === 0,
    words: ({ target, stretch: { counts } }) =>
      `Nothing listens on port ${target.port}, or a firewall rejects the probes (${formatCount(counts.portUnreachable)} ICMP "port unreachable").`,
  },
  {
    code: 'ICMP_ERROR',
    holds: ({ stretch: { counts } }) => counts.icmpErrors > 0,
    words: ({ stretch: { counts } }) =>
      `${countOf(counts.icmpErrors + counts.portUnreachable, 'ICMP error')} came instead of replies.`,
  },
  {
    code: 'WRONG_PROTOCOL',
    holds: ({ stretch: { counts } }) => counts.unaltered > 0,
    words: ({ target, stretch: { counts } }) =>
      `Port ${target.port} is a plain echo server: ${countOf(counts.unaltered, 'probe')} came back unchanged.`,
  },
  {
    code: 'WRONG_KEY',
    holds: ({ stretch: { counts } }) => counts.unauthenticated > 0,
    words: ({ stretch: { counts } }) =>
      `${countOf(counts.unauthenticated, 'reply', 'replies')} ${FAILED_HMAC}.`,
  },
  {
    code: 'ALL_LATE',
    holds: ({ stretch: { counts } }) => counts.late > 0,
    words: ({ target, stretch: { counts } }) =>
      `Every reply arrived after the timeout of ${formatMs(target.probe.timeoutMs)} (${formatCount(counts.late)} of ${formatCount(sentOf(counts))}).`,
  },
  {
    code: 'ALTERED',
    holds: ({ stretch: { counts } }) => counts.corrupted > 0,
    words: ({ stretch: { counts } }) =>
      `${countOf(counts.corrupted, 'reply', 'replies')} came back altered and none intact.`,
  },
  {
    code: 'STRAYS',
    holds: ({ stretch: { counts } }) => counts.stray > 0,
    words: ({ stretch: { counts } }) =>
      `${countOf(counts.stray, 'datagram')} came, and none answers a probe.`,
  },
  { code: 'UNKNOWN_HERE', holds: mayBeLostHere, words: lostHere },
  {
    code: 'DOWN_NOW',
    holds: ({ silentMs }) => silentMs !== null,
    words: ({ silentMs }) => `Down: no reply for ${formatMs(silentMs!)}.`,
  },
  {
    code: 'NO_REPLY',
    holds: () => true,
    words: ({ engine, stretch }) =>
      `No reply to ${countOf(stretch.window.sent, 'probe')}, and never one before${engine === 'linux' ? '' : "; the portable engine can't tell whether the port is closed"}.`,
  },
];

const ANSWERED: readonly Condition[] = [
  { code: 'UNKNOWN_HERE', holds: mayBeLostHere, words: lostHere },
  {
    code: 'DOWN_NOW',
    holds: (known) => isDown(known),
    words: ({ silentMs }) => `Down: no reply for ${formatMs(silentMs!)}.`,
  },
  graded(
    'NOT_ALL_SENT',
    ({ stretch: { counts } }) => `This host did not send all: ${unsentWords(counts)}.`,
  ),
  graded('PARTLY_WORKS', (known) => `Works in part: ${missedWords(known)}.`),
  graded('WORKS_WITH_LOSSES', (known) => `Works with losses: ${missedWords(known)}.`),
  graded('WORKS', ({ stretch: { window } }) => `Works: 0 lost of ${formatCount(window.sent)}.`),
];

/** The first condition that holds. */
export function conditionOf(known: Known): { readonly code: BoardCode; readonly words: string } {
  const { received } = known.stretch.counts;
  const table = [...CONDITIONS, ...(received === 0 ? UNANSWERED : ANSWERED)];
  const { code, words } = table.find(({ holds }) => holds(known))!;
  return { code, words: words(known) };
}

function graded(code: ReturnType<typeof gradeOf>, words: Condition['words']): Condition {
  return { code, words, holds: ({ stretch }) => gradeOf(asked(stretch.counts)) === code };
}

function asked(counts: Readonly<Counts>): Parameters<typeof gradeOf>[0] {
  return missedOf({ ...counts, sent: sentOf(counts) });
}

/** There are no reports on a target until its first probe is due and settled. */
function expectedSilenceMs({ probe }: WatchTarget): number {
  return probe.intervalMs + 2 * probe.timeoutMs;
}

/** True if at least half of the losses may be replies that this host dropped; whose replies they were is unknown. */
function mayBeLostHere({ stretch: { counts, hostDropped } }: Known): boolean {
  return counts.lost > 0 && hostDropped !== null && 2 * hostDropped >= counts.lost;
}

function lostHere({ stretch: { window, hostDropped } }: Known): string {
  return `The cause is unknown: ${formatCount(window.lost)} of ${countOf(window.sent, 'probe')} had no reply, and this host dropped ${countOf(hostDropped!, 'datagram')} that may have been replies.`;
}

/**
 * True if there is an outage, as at the end of a measurement: too many consecutive losses, for too long, given the
 * earlier loss ratio.
 */
function isDown({ target: { probe }, silentMs, lostSince, stretch: { counts } }: Known): boolean {
  if (silentMs === null) return false;
  // Counts the later probes whose timeout is over and whose outcome is known: time alone proves nothing, because the
  // clock may have been set, and this host may have been late.
  const missedMs = silentMs - probe.timeoutMs;
  const run = Math.min(lostSince, counts.lost, Math.floor(missedMs / probe.intervalMs));
  if (run < OUTAGE_PROBES || missedMs * 1e6 < OUTAGE_NS) return false;
  const { lost, late } = counts;
  return isNoChance({ missed: lost + late - run, sent: sentOf(counts) - run }, run);
}

function missedWords({ stretch: { window, counts, hostDropped } }: Known): string {
  const { lost, late, sent, lossRatio, lostForward, lostBackward } = window;
  const parts = [
    ...(lost === 0 ? [] : [`${formatCount(lost)} lost`]),
    ...(late === 0 ? [] : [`${formatCount(late)} late`]),
    ...(counts.sendFailed === 0 ? [] : [`${formatCount(counts.sendFailed)} not sent`]),
  ];
  const directions = [
    ...(lostForward === 0 ? [] : [`${formatCount(lostForward)} on the way there`]),
    ...(lostBackward === 0 ? [] : [`${formatCount(lostBackward)} on the way back`]),
    ...((hostDropped ?? 0) === 0 ? [] : [`up to ${formatCount(hostDropped!)} by this host`]),
  ];
  const where = directions.length === 0 ? '' : `, ${directions.join(', ')}`;
  return `${parts.join(', ')} of ${formatCount(sent + counts.sendFailed)} (${formatRatio(lossRatio)})${where}`;
}

function unsentWords({ sendFailed, skipped }: Readonly<Counts>): string {
  const parts = [
    ...(sendFailed === 0 ? [] : [`the system refused ${countOf(sendFailed, 'probe')}`]),
    ...(skipped === 0 ? [] : [`it was too late for ${countOf(skipped, 'probe')}`]),
  ];
  return parts.join(', ');
}

function formatMs(ms: number): string {
  return formatNs(ms * 1e6);
}
