// A path with a limit in each direction, and a search that it answers, without sockets and clocks.

import { Evidence } from '../../src/mtu/evidence.ts';
import { Search, type SearchEnd, type SearchPlan } from '../../src/mtu/search.ts';
import type { Outcome, Round, Trial } from '../../src/mtu/trial.ts';
import type { IpVersion } from '../../src/socket/resolve.ts';

/** What becomes of what is longer. */
export type ForwardKind = 'ptb' | 'ptb-without-mtu' | 'ptb-that-lies' | 'silent';
export type BackwardKind = 'learns' | 'cut' | 'silent';

export interface MtuPath {
  readonly ipVersion: IpVersion;
  readonly own: number;
  readonly forward: number;
  readonly forwardKind: ForwardKind;
  readonly backward: number;
  readonly backwardKind: BackwardKind;
  /** Nothing that comes in fragments gets there. */
  readonly dropsFragments: boolean;
  /** Of each direction, for a datagram of any size. */
  readonly lossRatio: number;
  /** The other end counts its replies. */
  readonly isWitnessed: boolean;
  /** A number from 0 to 1 for each draw. */
  readonly draw: () => number;
}

const PLANS: Readonly<Record<IpVersion, SearchPlan>> = {
  4: { least: 72, most: 65_535, controlsFragments: true },
  6: { least: 92, most: 65_575, controlsFragments: true },
};

/** What the system takes less for (route.min_pmtu of Linux; RFC 8201 section 4). */
const LEAST_LEARNT: Readonly<Record<IpVersion, number>> = { 4: 552, 6: 1280 };

/** Who sends ICMP errors. */
export const ROUTER = '192.0.2.254';

const LOST: Outcome = { kind: 'lost' };

export class SimulatedMtuPath {
  path: MtuPath;
  sent = 0;
  rounds = 0;
  #number = 0;
  #hasLearnt = false;
  /** What this host's system learnt from ICMP. */
  #learnt = Infinity;

  constructor(path: MtuPath) {
    this.path = path;
  }

  /**
   * Searches to the end.
   *
   * @param onRound  called after each, with how many there were; it may stop the search, before all of the round is known
   * @returns its end; `undefined` if it was stopped
   */
  search(onRound: (rounds: number) => 'stop' | undefined = () => undefined): {
    readonly end: SearchEnd | undefined;
    readonly evidence: Evidence;
    readonly changes: number;
  } {
    const { ipVersion } = this.path;
    const evidence = new Evidence(ipVersion);
    const search = new Search(PLANS[ipVersion], evidence);
    const rounds = search.run();
    for (;;) {
      const next = rounds.next();
      const { changes } = search;
      if (next.done === true) return { end: next.value, evidence, changes };
      const before = evidence.trials.length;
      this.#answer(next.value, evidence.trials);
      this.rounds++;
      if (onRound(this.rounds) === 'stop') {
        for (const trial of evidence.trials.slice(before)) {
          if (this.path.draw() < 0.5) trial.outcome = { kind: 'waiting' };
        }
        return { end: undefined, evidence, changes };
      }
    }
  }

  #answer({ probes, hasControls, isEnough, isPatient }: Round, trials: Trial[]): void {
    const { least } = PLANS[this.path.ipVersion];
    for (const [index, { size, fragmentation }] of probes.entries()) {
      if (index > 0 && isEnough()) return;
      const outcome = this.#outcomeOf(size, fragmentation);
      const about = { size, fragmentation, outcome, isPatient };
      const control = hasControls ? this.#control(isPatient) : undefined;
      trials.push({ ...about, isControl: size === least, control });
      if (control !== undefined) trials.push(control);
    }
  }

  #control(isPatient: boolean): Trial {
    const { least: size } = PLANS[this.path.ipVersion];
    const outcome = this.#outcomeOf(size, 'whole');
    return {
      size,
      fragmentation: 'whole',
      isControl: true,
      isPatient,
      control: undefined,
      outcome,
    };
  }

  #outcomeOf(size: number, fragmentation: Trial['fragmentation']): Outcome {
    const { own } = this.path;
    if (size > own && fragmentation !== 'at-source') return { kind: 'too-long', limit: own };
    this.sent++;
    const refusal = this.#refusal(size, fragmentation);
    if (this.#isLost()) return LOST;
    // The error may be lost too.
    if (refusal !== undefined) return this.#isLost() ? LOST : refusal;
    const number = this.#number++;
    return this.#isLost() ? LOST : this.#replyTo(size, number);
  }

  #refusal(size: number, fragmentation: Trial['fragmentation']): Outcome | undefined {
    const { forward, forwardKind, own, ipVersion, dropsFragments } = this.path;
    const most = Math.min(own, this.#learnt);
    const hasFragments = fragmentation === 'at-source' && size > most;
    if (hasFragments && dropsFragments) return LOST;
    const packet = hasFragments ? (ipVersion === 6 ? 1280 : most) : size;
    if (packet <= forward) return undefined;
    if (fragmentation !== 'whole' && ipVersion === 4 && forwardKind !== 'silent') {
      return dropsFragments ? LOST : undefined;
    }
    if (forwardKind === 'silent') return LOST;
    const nextHopMtu = this.#nextHopMtu(size);
    this.#learnt = Math.min(this.#learnt, Math.max(nextHopMtu, LEAST_LEARNT[ipVersion]));
    return { kind: 'too-big', router: ROUTER, nextHopMtu };
  }

  #nextHopMtu(size: number): number {
    switch (this.path.forwardKind) {
      case 'ptb-without-mtu':
        return 0;
      case 'ptb-that-lies':
        return Math.floor(this.path.draw() * 2 * size);
      default:
        return this.path.forward;
    }
  }

  #replyTo(size: number, number: number): Outcome {
    const { backward, backwardKind, ipVersion, isWitnessed } = this.path;
    const reply = { kind: 'reply', size, number: isWitnessed ? number : null } as const;
    if (size <= backward) return { ...reply, fragment: 0 };
    if (backwardKind === 'silent') return LOST;
    if (backwardKind === 'learns' && !this.#hasLearnt) {
      this.#hasLearnt = true;
      return LOST;
    }
    return { ...reply, fragment: fragmentOf(backward, ipVersion) };
  }

  #isLost(): boolean {
    return this.path.draw() < this.path.lossRatio;
  }
}

/** The largest fragment on a link: its data is a multiple of 8 octets (RFC 791 section 3.2, RFC 8200 section 4.5). */
export function fragmentOf(mtu: number, ipVersion: IpVersion): number {
  const header = ipVersion === 4 ? 20 : 48;
  return header + Math.floor((mtu - header) / 8) * 8;
}
