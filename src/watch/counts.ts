// SPDX-License-Identifier: MIT
// The counts of a target's probes. Each probe enters once, when its outcome is known, so that sent = received + late +
// lost holds at any moment.

/** The counts of a target, in their order in shared memory. */
export const COUNT_NAMES = [
  /** Replies within the timeout. */
  'received',
  /** Replies after the timeout, within twice that. */
  'late',
  /** Without a reply within twice the timeout. */
  'lost',
  /** Of the lost, if the protocol shows it: lost on the way there. */
  'lostForward',
  /** Of the lost, if the protocol shows it: lost on the way back. */
  'lostBackward',
  /** Of the lost, those that an ICMP "port unreachable" from the target's address named. */
  'portUnreachable',
  /** Of the lost, those that any other ICMP error named. */
  'icmpErrors',
  /** Further replies to an answered probe. */
  'duplicate',
  /** Replies that arrived after one to a later probe of the same flow. */
  'reordered',
  /** Replies whose content was changed. */
  'corrupted',
  /** Replies that are our own packet, unchanged: the other end speaks another protocol. */
  'unaltered',
  /** Replies authenticated with another key, or with none. */
  'unauthenticated',
  /** Datagrams from the target that belong to no probe. */
  'stray',
  /**
   * Probes that the system refused to send, or would have held while it holds another to the same neighbour, which
   * does not answer. They are not in `sent`.
   */
  'sendFailed',
  /** Slots skipped because this host was late. */
  'skipped',
  /** Slots without a probe because the target's name has never been resolved. */
  'unresolved',
  /** Probes in flight when their target left or changed its address. They are not in `sent`. */
  'abandoned',
] as const;

export type CountName = (typeof COUNT_NAMES)[number];

export type Counts = Record<CountName, number>;

/** The index of each count in an array. */
export const COUNT_PLACE = Object.fromEntries(
  COUNT_NAMES.map((name, place) => [name, place]),
) as Readonly<Record<CountName, number>>;

/** Not frozen: V8 copies a frozen object slowly. */
const NO_COUNTS: Readonly<Counts> = Object.fromEntries(
  COUNT_NAMES.map((name) => [name, 0]),
) as Counts;

export function noCounts(): Counts {
  return { ...NO_COUNTS };
}

/** Probes whose outcome is known. */
export function sentOf({
  received,
  late,
  lost,
}: Readonly<Pick<Counts, 'received' | 'late' | 'lost'>>): number {
  return received + late + lost;
}
