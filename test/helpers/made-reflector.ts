// A STAMP reflector without sockets, whose clock stands still, and the batches it is given.

import { REFUSALS, refusalOf, type Refusal } from '../../src/server/admission.ts';
import { ShortRequests } from '../../src/server/reflectors/short-requests.ts';
import { StampSessions } from '../../src/server/reflectors/stamp-sessions.ts';
import { StampReflector } from '../../src/server/reflectors/stamp.ts';
import { MadeBatch } from './made-batch.ts';

/** T2 and T3 of the vectors, and their clock's error: 0x8c83 says 124.93 µs. */
export const ARRIVAL = { seconds: 1_700_000_000, nanoseconds: 148_456_789 };
export const DEPARTURE = { seconds: 1_700_000_000, nanoseconds: 148_556_789 };
const QUALITY = { isSynchronised: true, errorSeconds: 0x83 * 2 ** (12 - 32) };

export interface MadeStamp {
  readonly key?: Uint8Array;
  readonly isStateful?: boolean;
  readonly seesTos?: boolean;
  readonly dscp?: readonly number[];
  /** What the threads of a server share; see `ShortRequests`. */
  readonly shortNotices?: SharedArrayBuffer;
}

/** How a request came. */
export interface Came {
  readonly address?: string;
  readonly port?: number;
  readonly ttl?: number;
  readonly tos?: number;
}

export interface Reflected {
  readonly reply: Buffer;
  readonly refused: Refusal | undefined;
  /** Type of service of the reply. */
  readonly tos: number;
}

export class MadeReflector {
  /** What it said. */
  readonly notices: string[] = [];
  readonly cells = new Float64Array(REFUSALS.length);
  /** T3 from here on. */
  departure = DEPARTURE;
  readonly #reflector: StampReflector;

  constructor({ key, isStateful = false, seesTos = true, dscp = [], ...made }: MadeStamp = {}) {
    const { shortNotices = ShortRequests.createMemory() } = made;
    const clock = {
      read: (time: { seconds: number; nanoseconds: number }) => {
        Object.assign(time, this.departure);
      },
      quality: () => QUALITY,
    };
    const sessions = isStateful ? new StampSessions(StampSessions.createMemory()) : undefined;
    const plan = {
      name: 'stamp',
      port: 0,
      isStateful,
      key: key ?? null,
      dscp,
      answersShort: false,
      shortNotices,
    } as const;
    const notify = (notice: string): void => {
      this.notices.push(notice);
    };
    const site = { clock, sessions, socket: 0, seesTos, notify, cells: this.cells };
    this.#reflector = new StampReflector({ ...site, plan });
  }

  reflect(
    request: Uint8Array,
    { address = '192.0.2.7', port = 50_000, ttl = 0, tos = 0 }: Came = {},
  ): Reflected {
    const batch = new MadeBatch([{ address, port, payload: request }]);
    batch.hopLimits[0] = ttl;
    batch.tos[0] = tos;
    batch.arrivalSeconds[0] = ARRIVAL.seconds;
    batch.arrivalNanoseconds[0] = ARRIVAL.nanoseconds;
    this.#reflector.reflect(batch);
    const reply = batch.payloadOf(0);
    return { reply, refused: refusalOf(batch.verdicts[0]!), tos: batch.tos[0] };
  }

  /** The replies to requests that came at once, each from the port beside it. */
  reflectBatch(requests: readonly (readonly [port: number, request: Uint8Array])[]): Buffer[] {
    const datagrams = requests.map(([port, payload]) => ({ address: '192.0.2.7', port, payload }));
    const batch = new MadeBatch(datagrams);
    this.#reflector.reflect(batch);
    return datagrams.map((_, index) => batch.payloadOf(index));
  }
}
