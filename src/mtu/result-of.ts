// SPDX-License-Identifier: MIT
// Makes the result of a search from its evidence.

import { systemCodeOf } from '../errors.ts';
import { NODE_VERSION, PLATFORM, VERSION } from '../version.ts';
import { conclude, HEADER_BYTES, NOTHING_KNOWN, type Findings } from './conclude.ts';
import { isReply, type Evidence } from './evidence.ts';
import { controlsOf } from './loss.ts';
import type { ParsedMtuOptions } from './mtu-options.ts';
import type { MtuEndCode, MtuResult, MtuTarget, MtuThreshold } from './mtu-result.ts';
import type { MtuPath } from './open-path.ts';
import type { Prober } from './prober.ts';
import type { Search, SearchEnd } from './search.ts';
import { triedSizes } from './tried-sizes.ts';
import type { Trial } from './trial.ts';
import { whyUnanswered } from './unanswered.ts';
import { judgeMtu, type FoundCode, type MeasuredMtu } from './verdict.ts';

export interface Searched {
  readonly options: ParsedMtuOptions;
  readonly target: MtuTarget;
  readonly startedAt: string;
  readonly path: Pick<MtuPath, 'engine'>;
  readonly prober: Pick<Prober, 'elapsedNs' | 'rtts' | 'strays'>;
  readonly evidence: Evidence;
  readonly searching: Pick<Search, 'changes'>;
  /** `undefined` if the search was stopped. */
  readonly end: SearchEnd | undefined;
}

export function resultOf(searched: Searched): MtuResult {
  const { options, target, startedAt, path, prober, evidence, searching, end } = searched;
  const { engine } = path;
  const findings = findingsOf(searched);
  const { forward, backward, fragments } = findings;
  const { medianNs } = prober.rtts;
  const measured: MeasuredMtu = {
    schema: 'echogram.mtu/1',
    tool: { version: VERSION, engine, node: NODE_VERSION, platform: PLATFORM },
    target,
    startedAt,
    durationNs: prober.elapsedNs,
    endedBy: endOf(options, end),
    thresholds: thresholdsOf(searched, findings),
    rttNs: medianNs === null ? null : Math.round(medianNs),
    controls: controlsOf(evidence.trials),
    interfaceMtu: evidence.ownLimit ?? null,
    forward,
    backward,
    echoedPayload: echoedPayload(evidence),
    replyPayloadLimit: replyPayloadLimit(evidence),
    fragments,
    routeChanges: searching.changes,
    sizes: triedSizes(evidence),
  };
  if (end === 'no-reply') return { ...measured, verdict: unanswered(searched) };
  return { ...measured, verdict: judgeMtu(codeOf(searched, findings), measured) };
}

function findingsOf({ evidence, path, end }: Searched): Findings {
  const hasNumber = end === 'found' || end === undefined;
  const isHeard = evidence.current.some(isReply);
  return hasNumber && isHeard && path.engine === 'linux' ? conclude(evidence) : NOTHING_KNOWN;
}

function unanswered({ target, options, evidence, prober }: Searched): MtuResult['verdict'] {
  const isAuthenticated = options.key !== undefined;
  const { trials } = evidence;
  return whyUnanswered({ target, isAuthenticated, trials, strays: prober.strays });
}

function codeOf({ end, path }: Searched, { isDirectionUnknown }: Findings): FoundCode {
  switch (end) {
    case 'too-lossy':
      return 'TOO_LOSSY';
    case 'unsettled':
      return 'UNSETTLED';
    case undefined:
      return 'STOPPED';
    default:
      if (path.engine === 'portable') return 'LARGEST_ECHO';
      return isDirectionUnknown ? 'DIRECTION_UNKNOWN' : 'FOUND';
  }
}

const SIGNALS: readonly MtuEndCode[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

function endOf({ signal }: ParsedMtuOptions, end: SearchEnd | undefined): MtuResult['endedBy'] {
  if (end !== undefined) return { code: 'FINISHED' };
  const reason: unknown = signal?.reason;
  const code = SIGNALS.find((name) => name === systemCodeOf(reason));
  if (code !== undefined) return { code };
  return { code: 'ABORTED', ...(reason instanceof Error ? { message: reason.message } : {}) };
}

/** A size passes if it is known to pass in both directions; if the search ended early, a smaller result is no limit. */
function thresholdsOf(
  { options: { minMtu: limit }, end, path }: Searched,
  { forward, backward }: Findings,
): readonly MtuThreshold[] {
  if (limit === undefined) return [];
  const ends = [forward.range.from, backward.range.from];
  const least = ends.includes(null) ? null : Math.min(...ends.map(Number));
  const held = least !== null && least >= limit;
  const reason = held ? null : reasonOf(end, path.engine);
  return [{ name: 'minMtu', limit, actual: reason === null ? least : null, held, reason }];
}

/** Why it is unknown what passes; `null` if it is known. */
function reasonOf(end: SearchEnd | undefined, engine: MtuPath['engine']): string | null {
  switch (end) {
    case 'found':
      return engine === 'linux' ? null : 'the portable engine does not see packets';
    case 'no-reply':
      return 'no reply arrived';
    case 'too-lossy':
      return 'too much was lost';
    case 'unsettled':
      return 'no size could be confirmed';
    case undefined:
      return 'the search was stopped';
  }
}

/** As sent in one packet, and returned so as far as the engine sees it. */
function echoedPayload({ current: trials, ipVersion }: Evidence): number | null {
  const whole = trials.filter(
    ({ outcome, size, fragmentation }) =>
      fragmentation === 'whole' &&
      outcome.kind === 'reply' &&
      outcome.size === size &&
      !(outcome.fragment > 0),
  );
  if (whole.length === 0) return null;
  return Math.max(...whole.map(({ size }) => size)) - HEADER_BYTES[ipVersion];
}

function replyPayloadLimit({ current: trials, ipVersion }: Evidence): number | null {
  const cut = trials.map(cutSize).filter((size) => size !== undefined);
  return cut.length === 0 ? null : Math.max(...cut) - HEADER_BYTES[ipVersion];
}

function cutSize({ outcome, size }: Trial): number | undefined {
  return outcome.kind === 'reply' && outcome.size < size ? outcome.size : undefined;
}
