// SPDX-License-Identifier: MIT
// The address of one target's name, and the history of its lookups since the target was added.

import type { SocketAddress } from '../../socket/ip-address.ts';
import { formatHostPort } from '../../host-port.ts';
import { refusalOf } from '../found-target.ts';
import { errorInWords } from '../resolve/error-in-words.ts';
import type { NameState } from '../resolve/name-book.ts';
import type { WatchTarget } from '../target.ts';
import type { WatchEventKind } from '../watch-event.ts';
import type { Resolution } from '../watch-parts.ts';
import type { RateAllowance } from './rate-limits.ts';

/** A change of a target. */
export interface TargetChange {
  readonly kind: WatchEventKind;
  readonly detail: string;
}

export class TargetResolution implements Resolution {
  /** The last good address. */
  address: SocketAddress | null = null;
  error: string | null = null;
  addressChanges = 0;
  failures = 0;

  /** Updates it with what is now known about the name. */
  update(
    target: WatchTarget,
    state: NameState | undefined,
    allowance: RateAllowance,
  ): TargetChange[] {
    const before = { address: this.address, error: this.error };
    const found = state?.address?.address;
    const refusal = found === undefined ? undefined : reasonNotToProbe(found, target, allowance);
    this.failures = state?.failures ?? 0;
    this.address =
      found === undefined || refusal !== undefined ? null : this.#at(found, target.port);
    const error = state?.error ?? null;
    this.error = refusal ?? (error === null ? null : errorInWords(error));
    return this.#changesSince(before, target);
  }

  #at(address: string, port: number): SocketAddress {
    const isSame = this.address?.address === address && this.address.port === port;
    return isSame ? this.address! : { address, port };
  }

  #changesSince(
    before: Pick<TargetResolution, 'address' | 'error'>,
    { host }: WatchTarget,
  ): TargetChange[] {
    const changes: TargetChange[] = [];
    const isMoved = before.address !== null && this.address !== null;
    if (isMoved && before.address !== this.address) {
      this.addressChanges++;
      const detail = `${host}: ${text(before.address!)} → ${text(this.address!)}`;
      changes.push({ kind: 'address_changed', detail });
    }
    if (this.error !== null && before.error === null) {
      const kept = this.address === null ? '' : `; ${text(this.address)} is kept`;
      changes.push({ kind: 'resolve_failed', detail: `${host}: ${this.error}${kept}` });
    }
    if (this.error === null && before.error !== null && this.address !== null) {
      changes.push({ kind: 'resolved', detail: `${host}: ${text(this.address)}` });
    }
    return changes;
  }
}

function text({ address, port }: SocketAddress): string {
  return formatHostPort(address, port);
}

function reasonNotToProbe(
  address: string,
  target: WatchTarget,
  allowance: RateAllowance,
): string | undefined {
  const refusal = refusalOf(address);
  if (refusal !== undefined) return `${address} is not probed: ${refusal}`;
  const excess = allowance.take(address, target.probe.intervalMs);
  return excess === undefined ? undefined : `not probed: it would be ${excess}`;
}
