// What the table of STAMP sessions must do, said as plainly as it can be: it looks at every session each time.

import type { SessionKey } from '../../src/server/reflectors/session-entries.ts';

interface ModelSession {
  readonly key: SessionKey;
  readonly source: string;
  lastSeconds: number;
  isTrial: boolean;
  /** The higher, the later it was put in order. */
  order: number;
  next: number;
}

/** RFC 5357 section 4.2; what docs/protocols.md says. */
const OVER_SECONDS = 900;
const SILENT_SECONDS = 60;
const SHARE = 64;

export class ModelSessions {
  sessions: ModelSession[] = [];
  readonly #capacity: number;
  #order = 0;
  /** When a source came to have as many sessions as it has: of two with as many, the first is taken from. */
  readonly #since = new Map<string, number>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The number of the reply to a packet; −1 if it is refused. */
  ask(key: SessionKey, nowSeconds: number): number {
    const known = this.sessions.find((session) => isSame(session.key, key));
    if (known !== undefined && nowSeconds - known.lastSeconds <= OVER_SECONDS) {
      if (known.isTrial || known.lastSeconds !== nowSeconds) known.order = this.#order++;
      known.isTrial = false;
      known.lastSeconds = nowSeconds;
      return known.next++;
    }
    if (known !== undefined) this.#remove(known);
    if (this.sessions.length === this.#capacity) {
      const victim = this.#victim(sourceOf(key), nowSeconds);
      if (victim === undefined) return -1;
      this.#remove(victim);
    }
    const source = sourceOf(key);
    this.#since.set(source, this.#order);
    const order = this.#order++;
    this.sessions.push({ key, source, lastSeconds: nowSeconds, isTrial: true, order, next: 1 });
    return 0;
  }

  #victim(newcomer: string, nowSeconds: number): ModelSession | undefined {
    const running = this.#inOrder(({ isTrial }) => !isTrial);
    const trials = this.#inOrder(({ isTrial }) => isTrial);
    const over = running.find(({ lastSeconds }) => nowSeconds - lastSeconds > OVER_SECONDS);
    if (over !== undefined) return over;
    const heaviest = this.#heaviest();
    const isHeavy = this.#countOf(heaviest) > SHARE;
    const ofHeaviest = (session: ModelSession): boolean => isHeavy && session.source === heaviest;
    const itsTrial = trials.find(ofHeaviest);
    if (itsTrial !== undefined) return itsTrial;
    if (trials.length < this.#capacity / 8) {
      const mayTake = this.#countOf(newcomer) + 1 < this.#countOf(heaviest);
      const taken = mayTake ? running.find(ofHeaviest) : undefined;
      const isSilent = ({ lastSeconds }: ModelSession): boolean =>
        nowSeconds - lastSeconds > SILENT_SECONDS;
      const found = taken ?? running.find(isSilent);
      if (found !== undefined || this.#countOf(newcomer) >= SHARE) return found;
    }
    return trials[0];
  }

  #inOrder(which: (session: ModelSession) => boolean): ModelSession[] {
    return this.sessions.filter(which).sort((one, other) => one.order - other.order);
  }

  #heaviest(): string {
    const sources = [...new Set(this.sessions.map(({ source }) => source))];
    sources.sort(
      (one, other) =>
        this.#countOf(other) - this.#countOf(one) ||
        this.#since.get(one)! - this.#since.get(other)!,
    );
    return sources[0]!;
  }

  #countOf(source: string): number {
    return this.sessions.filter((session) => session.source === source).length;
  }

  #remove(session: ModelSession): void {
    this.#since.set(session.source, this.#order++);
    this.sessions = this.sessions.filter((other) => other !== session);
  }
}

function isSame(one: SessionKey, other: SessionKey): boolean {
  return one.port === other.port && one.words.every((word, at) => word === other.words[at]);
}

/** An IPv4 address, or the first 56 bits of an IPv6 one. */
function sourceOf({ words }: SessionKey): string {
  const isIPv4 = words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
  return isIPv4 ? `4 ${words[3]}` : `6 ${words[0]} ${words[1]! >>> 8}`;
}
