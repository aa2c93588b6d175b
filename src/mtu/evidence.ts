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
export interface Mark {
  readonly size: number;
  readonly kind: 'passed' | 'stopped' | 'missing';
}

export function isReply({ outcome }: Trial): boolean {
  return outcome.kind === 'reply';
}

/** It did not come back, although its control did. */
export function isUnanswered({ outcome, control }: Trial): boolean {
  return (
    outcome.kind !== 'reply' &&
    outcome.kind !== 'waiting' &&
    control !== undefined &&
    isReply(control)
  );
}

function hasLeft({ kind }: Trial['outcome']): boolean {
  return kind !== 'too-long' && kind !== 'unsent';
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

  /** The largest packet that this host's interface sends, in octets; `undefined` if unknown. It may change meanwhile. */
  get ownLimit(): number | undefined {
    let longest = 0;
    for (const { outcome, size, fragmentation } of this.trials.toReversed()) {
      if (outcome.kind === 'too-long' && outcome.limit !== null) {
        return outcome.limit < longest ? undefined : outcome.limit;
      }
      if (fragmentation !== 'at-source' && hasLeft(outcome)) longest = Math.max(longest, size);
    }
    return undefined;
  }

  isAnswered(probe: Pick<Trial, 'size' | 'fragmentation'>): boolean {
    return this.current.some(
      (trial) =>
        trial.size === probe.size && trial.fragmentation === probe.fragmentation && isReply(trial),
    );
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
    return bracketOf([...own, ...this.marks('forward', this.current)]);
  }

  backward(): Bracket {
    return bracketOf(this.marks('backward', this.current));
  }

  /** Those that nothing came back for, although their control did, and although they were waited for. */
  unansweredAs(fragmentation: Trial['fragmentation']): readonly Trial[] {
    return this.current.filter(
      (trial) => trial.fragmentation === fragmentation && trial.isPatient && isUnanswered(trial),
    );
  }

  /** The trials of a size, sent whole, that prove nothing but that it did not come back. */
  missing(direction: 'forward' | 'backward', size: number): readonly Trial[] {
    const marksOf = MARKS[direction];
    const arrivals = this.arrivals();
    return this.current.filter((trial) =>
      marksOf(trial, arrivals, this).some((mark) => mark.kind === 'missing' && mark.size === size),
    );
  }

  /** What these trials say, which are some of the current ones. */
  marks(direction: 'forward' | 'backward', trials: readonly Trial[]): readonly Mark[] {
    const arrivals = this.arrivals();
    return trials.flatMap((trial) => MARKS[direction](trial, arrivals, this));
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

const MARKS = { forward: forwardMarks, backward: backwardMarks };
