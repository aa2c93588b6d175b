// STAMP packets for tests: the vectors, empty records to decode into, and packets made from fields.

import type { StampMode, StampReply, StampRequest } from '../../src/wire/stamp.ts';
import { repositoryText } from './repository.ts';

interface VectorOf<Fields> {
  readonly name: string;
  readonly what: string;
  readonly mode: StampMode;
  readonly key?: 'K1' | 'K2';
  readonly fields: Fields;
  readonly tlvs?: readonly { readonly type: number; readonly value?: string }[];
  readonly hex: string;
}

export const STAMP_VECTORS = JSON.parse(repositoryText('test/vectors/stamp.json')) as {
  readonly keys: Readonly<Record<'K1' | 'K2', string>>;
  readonly requests: readonly VectorOf<StampRequest>[];
  readonly replies: readonly (VectorOf<StampReply> & { readonly answers: string })[];
};

/** The octets of a key of the vectors. */
export function keyOctets(name: 'K1' | 'K2'): Buffer {
  return Buffer.from(STAMP_VECTORS.keys[name], 'hex');
}

/** The octets of a vector by its name. */
export function vector(name: string): Buffer {
  const { requests, replies } = STAMP_VECTORS;
  const found = [...requests, ...replies].find((each) => each.name === name);
  if (found === undefined) throw new Error(`no vector ${name}`);
  return Buffer.from(found.hex, 'hex');
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

export function emptyRequest(): StampRequest {
  return { sequence: -1, sentAt: { seconds: -1, nanoseconds: -1 }, errorEstimate: -1, ssid: -1 };
}

export function emptyReply(): StampReply {
  return {
    ...emptyRequest(),
    receivedAt: { seconds: -1, nanoseconds: -1 },
    senderSequence: -1,
    senderSentAt: { seconds: -1, nanoseconds: -1 },
    senderErrorEstimate: -1,
    senderTtl: -1,
  };
}
