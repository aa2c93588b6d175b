// SPDX-License-Identifier: MIT
// The options of a search, and what it reports while it runs.

import { requireOneSource } from '../client/interface-source.ts';
import { leastBytes } from '../client/ping-options.ts';
import { createError } from '../errors.ts';
import { ABORT_SIGNAL, type Kind } from '../options/kind.ts';
import { MTU_OPTIONS } from '../options/mtu.ts';
import { option, type DefaultValues, type OptionValues } from '../options/option.ts';
import { parseOptions } from '../options/parse-options.ts';
import { ECHO_PORT, STAMP_PORT } from '../options/ports.ts';
import { countOf } from '../quantities.ts';
import type { EngineName } from '../socket/datagram-socket.ts';
import { TLV_HEADER_BYTES } from '../wire/stamp-tlv.ts';
import type { MtuRange, MtuTarget } from './mtu-result.ts';

/** Whose path to search, and how. Every field but `host` has a default. */
export interface MtuOptions extends OptionValues<typeof MTU_OPTIONS> {
  /** A host name or an address. If it has several addresses, the first one that answers is taken. */
  readonly host: string;
  /**
   * Stops the search; the result is what is known by then. If the reason has a `code` of SIGINT, SIGTERM or SIGHUP, the
   * result's `endedBy` has the same code; otherwise it is ABORTED.
   */
  readonly signal?: AbortSignal;
  /** Called when the search begins, and after each round. */
  readonly onProgress?: (progress: MtuProgress) => void;
}

/** How far a search has come. */
export interface MtuProgress {
  readonly target: MtuTarget;
  readonly engine: EngineName;
  /** Why `auto` did not use the Linux engine; `null` if it did, or was not chosen. */
  readonly engineReason: string | null;
  /** Since the start. */
  readonly elapsedNs: number;
  /** Datagrams so far. */
  readonly sent: number;
  /** What is known of the way there; `null` before the first reply. */
  readonly range: MtuRange | null;
}

const ON_PROGRESS: Kind<(progress: MtuProgress) => void> = {
  rule: 'a function',
  accepts: (value): value is (progress: MtuProgress) => void => typeof value === 'function',
};

/** Including those that are not data: they have no flag. */
const OPTIONS = {
  ...MTU_OPTIONS,
  signal: option(ABORT_SIGNAL),
  onProgress: option(ON_PROGRESS),
};

/** The options with every default. */
export type ParsedMtuOptions = MtuOptions &
  DefaultValues<typeof MTU_OPTIONS> & {
    readonly port: number;
    /** The payload of the smallest datagram, and of any trial of an address. */
    readonly payloadBytes: number;
  };

/** @throws OptionError for an invalid option */
export function parseMtuOptions(options: MtuOptions): ParsedMtuOptions {
  const parsed = parseOptions(OPTIONS, options);
  const { protocol, key } = parsed;
  if (key !== undefined && protocol !== 'stamp') {
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: 'key',
      rule: "left out unless protocol is 'stamp'",
      value: `a key of ${countOf(key.length, 'octet')}`,
    });
  }
  requireOneSource(parsed);
  const port = parsed.port ?? (protocol === 'stamp' ? STAMP_PORT : ECHO_PORT);
  return { ...parsed, port, payloadBytes: leastPayload(protocol, key) };
}

/** A longer STAMP packet has a TLV, so no size between the two exists. */
function leastPayload(protocol: ParsedMtuOptions['protocol'], key: Uint8Array | undefined): number {
  const least = leastBytes(protocol, key);
  return protocol === 'stamp' ? least + TLV_HEADER_BYTES : least;
}
