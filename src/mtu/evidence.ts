// SPDX-License-Identifier: MIT
// What the trials so far say of each direction: the largest size that passed, and the smallest one above it that did not.

import type { IpVersion } from '../socket/resolve.ts';
import type { Trial } from './trial.ts';
import { arrivalsOf } from './witness.ts';

/** The least MTU of every IPv6 path (RFC 8200 section 5) and of every IPv4 path (RFC 791 section 3.1). */
const LEAST_MTU: Readonly<Record<IpVersion, number>> = { 4: 68, 6: 1280 };

/** Fragments carry multiples of eight octets (RFC 791 section 3.2, RFC 8200 section 4.5): a link takes up to 7 more. */
const FRAGMENT_STEP = 8;

export interface Bracket {
  /** The largest size that passed. */
  readonly lo: number;
  /** The smallest size above it that did not pass; `undefined` if there is none. */
  readonly hi: number | undefined;
  /** It was said that `hi` does not pass; otherwise it was only missing. */
  readonly isFirm: boolean;
}

/** `stopped`: somebody said so. `missing`: nothing came back, although the control did. */
interface Mark {
  readonly size: number;
  readonly kind: 'passed' | 'stopped' | 'missing';
}

export function isReply({ outcome }: Trial): boolean {
  return outcome.kind === 'reply';
}

type Arrivals = ReturnType<typeof arrivalsOf>;

/** All trials, and those since the route last changed. */
export class Evidence {
  readonly ipVersion: IpVersion;
  readonly trials: Trial[] = [];
  #since = 0;

  constructor(ipVersion: IpVersion) {
    this.ipVersion = ipVersion;
  }

  /** Those since the route last changed. */
  get current(): readonly Trial[] {
    return this.trials.slice(this.#since);
  }

  /** Whatever was found no longer holds. */
  startAnew(): void {
    this.#since = this.trials.length;
  }

  /** The largest packet that this host's interface sends, in octets; `undefined` if unknown. */
  get ownLimit(): number | undefined {
    for (const { outcome } of this.trials) {
      if (outcome.kind === 'too-long' && outcome.limit !== null) return outcome.limit;
    }
    return undefined;
  }

  isAnswered(probe: Pick<Trial, 'size' | 'fragmentation'>): boolean {
    return this.current.some(
      (trial) =>
        trial.size === probe.size && trial.fragmentation === probe.fragmentation && isReply(trial),
    );
  }

  /** The largest packet, sent whole, that was answered; 0 if there is none. */
  largestEchoed(): number {
    const sizes = this.current
      .filter((trial) => trial.fragmentation === 'whole' && isReply(trial))
      .map(({ size }) => size);
    return Math.max(0, ...sizes);
  }

  /** Whether each unanswered trial arrived at the other end; `undefined` if that can't be known. */
  arrivals(): Arrivals {
    return arrivalsOf(this.current);
  }

  forward(): Bracket {
    const { ownLimit } = this;
    // It holds whatever becomes of the route.
    const own: readonly Mark[] =
      ownLimit === undefined ? [] : [{ size: ownLimit + 1, kind: 'stopped' }];
    return bracketOf([...own, ...this.#marks(forwardMarks)]);
  }

  backward(): Bracket {
    return bracketOf(this.#marks(backwardMarks));
  }

  /** The trials of a size, sent whole, that prove nothing but that it did not come back. */
  missing(direction: 'forward' | 'backward', size: number): readonly Trial[] {
    const marksOf = direction === 'forward' ? forwardMarks : backwardMarks;
    const arrivals = this.arrivals();
    return this.current.filter((trial) =>
      marksOf(trial, arrivals, this).some((mark) => mark.kind === 'missing' && mark.size === size),
    );
  }

  /** What routers called the MTU of their next link, as far as it can be true. */
  saidMtus(): readonly number[] {
    return this.current.flatMap((trial) => {
      const { outcome } = trial;
      return outcome.kind === 'too-big' && outcome.nextHopMtu > 0 && this.isSensible(trial)
        ? [outcome.nextHopMtu]
        : [];
    });
  }

  /**
   * Whether an ICMP error can be true: a router only ever takes less than it was sent (RFC 8899 section 4.6.2), and no
   * IPv6 link less than 1280 (RFC 8201 section 4).
   */
  isSensible({ outcome, size }: Trial): boolean {
    if (outcome.kind !== 'too-big') return false;
    const { nextHopMtu } = outcome;
    if (nextHopMtu === 0) return this.ipVersion === 4;
    return nextHopMtu < size && nextHopMtu >= LEAST_MTU[this.ipVersion];
  }

  #marks(marksOf: typeof forwardMarks): readonly Mark[] {
    const arrivals = this.arrivals();
    return this.current.flatMap((trial) => marksOf(trial, arrivals, this));
  }
}

function bracketOf(marks: readonly Mark[]): Bracket {
  const passed = marks.filter(({ kind }) => kind === 'passed');
  const lo = Math.max(0, ...passed.map(({ size }) => size));
  const above = marks.filter(({ kind, size }) => kind !== 'passed' && size > lo);
  if (above.length === 0) return { lo, hi: undefined, isFirm: false };
  const hi = Math.min(...above.map(({ size }) => size));
  return { lo, hi, isFirm: above.some(({ kind, size }) => kind === 'stopped' && size === hi) };
}

/** A datagram that may be fragmented on its way says nothing of the way's MTU. */
function forwardMarks(trial: Trial, arrivals: Arrivals, evidence: Evidence): readonly Mark[] {
  const { outcome, size, fragmentation } = trial;
  if (fragmentation !== 'whole') return [];
  switch (outcome.kind) {
    case 'reply':
      return [{ size, kind: 'passed' }];
    case 'too-long':
      return [{ size: outcome.limit === null ? size : outcome.limit + 1, kind: 'stopped' }];
    case 'too-big':
      return evidence.isSensible(trial)
        ? [{ size, kind: 'stopped' }]
        : lostMarks(trial, arrivals, false);
    case 'lost':
      return lostMarks(trial, arrivals, false);
    default:
      return [];
  }
}

function backwardMarks(trial: Trial, arrivals: Arrivals): readonly Mark[] {
  const { outcome, size, fragmentation } = trial;
  if (outcome.kind === 'lost') {
    return arrivals === undefined || fragmentation !== 'whole'
      ? []
      : lostMarks(trial, arrivals, true);
  }
  if (outcome.kind !== 'reply' || Number.isNaN(outcome.fragment)) return [];
  if (outcome.fragment === 0) return [{ size: outcome.size, kind: 'passed' }];
  return [
    { size: outcome.fragment, kind: 'passed' },
    { size: Math.min(size, outcome.fragment + FRAGMENT_STEP), kind: 'stopped' },
  ];
}

/** What an unanswered trial says: nothing, if its control was lost too. */
function lostMarks(trial: Trial, arrivals: Arrivals, isBackward: boolean): readonly Mark[] {
  const { size, control } = trial;
  if (control === undefined || !isReply(control)) return [];
  const missing: Mark = { size, kind: 'missing' };
  if (arrivals === undefined) return [missing];
  const hasArrived = arrivals.get(trial);
  if (hasArrived === undefined) return [];
  if (isBackward) return hasArrived ? [missing] : [];
  return [hasArrived ? { size, kind: 'passed' } : missing];
}
