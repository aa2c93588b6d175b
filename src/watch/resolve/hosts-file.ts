// SPDX-License-Identifier: MIT
// The names in hosts(5), which take precedence over name servers.

import { readFileSync, statSync } from 'node:fs';
import { literalAddress, type HostAddress } from '../../socket/resolve.ts';
import { monotonicNs } from '../../time.ts';
import { PLATFORM } from '../../version.ts';

const USUAL_PATH = PLATFORM.startsWith('win32')
  ? String.raw`C:\Windows\System32\drivers\etc\hosts`
  : '/etc/hosts';

/** A file that changes is noticed within this time. */
const LOOK_AGAIN_NS = 1e9;

export class HostsFile {
  readonly #path: string;
  #lookedAtNs = -Infinity;
  #stamp = '';
  #addresses: ReadonlyMap<string, readonly HostAddress[]> = new Map();

  constructor(path = USUAL_PATH) {
    this.#path = path;
  }

  /** In the order of the file; none for a name that it does not have. */
  addressesOf(host: string): readonly HostAddress[] {
    this.#refresh();
    return this.#addresses.get(host.toLowerCase().replace(/\.$/, '')) ?? [];
  }

  #refresh(): void {
    const nowNs = monotonicNs();
    if (nowNs - this.#lookedAtNs < LOOK_AGAIN_NS) return;
    this.#lookedAtNs = nowNs;
    try {
      const { mtimeMs, size, ino } = statSync(this.#path);
      const stamp = [mtimeMs, size, ino].join();
      if (stamp === this.#stamp) return;
      this.#addresses = parseHosts(readFileSync(this.#path, 'utf8'));
      this.#stamp = stamp;
    } catch {
      // A missing file is the same as an empty one.
      this.#addresses = new Map();
      this.#stamp = '';
    }
  }
}

function parseHosts(text: string): Map<string, HostAddress[]> {
  const found = new Map<string, HostAddress[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const literal = literalAddress(address);
    for (const name of literal === undefined ? [] : names) {
      const known = found.get(name.toLowerCase());
      if (known === undefined) found.set(name.toLowerCase(), [literal!]);
      else known.push(literal!);
    }
  }
  return found;
}
