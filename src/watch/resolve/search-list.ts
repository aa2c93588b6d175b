// SPDX-License-Identifier: MIT
// The domains in which a short name is looked up, as in resolv.conf(5): in a Kubernetes pod, `echo` means
// `echo.NAMESPACE.svc.cluster.local`. c-ares reads the name servers from that file, but queries names only as written.

import { readFileSync } from 'node:fs';

export const RESOLV_CONF = '/etc/resolv.conf';

interface SearchRules {
  readonly domains: readonly string[];
  /** A name with this many dots is first queried as written. */
  readonly ndots: number;
}

/** glibc has no limit since 2.26; this is ours. */
const MOST_DOMAINS = 32;

/** glibc's. */
const MOST_NDOTS = 15;

/** Empty if there is none. */
export function readResolvConf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The last `search` or `domain` counts, as in glibc. */
export function searchRules(resolvConf: string): SearchRules {
  let domains: readonly string[] = [];
  let ndots = 1;
  for (const line of resolvConf.split('\n')) {
    const [keyword, ...words] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'search') domains = words.slice(0, MOST_DOMAINS);
    else if (keyword === 'domain') domains = words.slice(0, 1);
    else if (keyword === 'options') ndots = ndotsOf(words) ?? ndots;
  }
  return { domains: domains.map((domain) => domain.replace(/\.$/, '')), ndots };
}

function ndotsOf(options: readonly string[]): number | undefined {
  const [, digits] =
    /^ndots:(\d{1,4})$/.exec(options.find((word) => word.startsWith('ndots:')) ?? '') ?? [];
  return digits === undefined ? undefined : Math.min(Number(digits), MOST_NDOTS);
}

/** The names to query, in order. A name that ends with a dot is complete. */
export function candidatesOf(host: string, { domains, ndots }: SearchRules): readonly string[] {
  if (host.endsWith('.')) return [host.slice(0, -1)];
  const searched = domains.filter((domain) => domain !== '').map((domain) => `${host}.${domain}`);
  const dots = host.split('.').length - 1;
  return dots >= ndots ? [host, ...searched] : [...searched, host];
}
