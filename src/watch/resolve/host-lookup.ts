// SPDX-License-Identifier: MIT
// Resolves host names by name servers alone: c-ares queries them from the event loop, while getaddrinfo would occupy
// one of the four threads that all file operations and lookups of a process share.

import { Resolver } from 'node:dns/promises';
import { domainToASCII } from 'node:url';
import { systemCodeOf } from '../../errors.ts';
import { loopbackOf, type HostAddress, type IpVersion } from '../../socket/resolve.ts';
import { monotonicNs } from '../../time.ts';
import { atMost } from '../at-most.ts';
import { HostsFile } from './hosts-file.ts';
import { candidatesOf, readResolvConf, RESOLV_CONF, searchRules } from './search-list.ts';

/** Where names are looked up; default: the system's own sources. */
export interface NameSources {
  readonly hostsFile?: string;
  readonly resolvConf?: string;
  /** Name servers instead of those in resolv.conf, as `ADDRESS:PORT`. */
  readonly servers?: readonly string[];
}

export interface Addresses {
  readonly addresses: readonly HostAddress[];
  /** How long the answer is valid. */
  readonly ttlMs: number;
  /** IP versions for which no name server said whether there are addresses. */
  readonly unknown: readonly IpVersion[];
  /** Node's code, if there are no addresses: `ENOTFOUND`, `ESERVFAIL`, `ETIMEOUT`, … */
  readonly error: string | null;
}

/** A host and port of an SRV record. */
export interface ServiceHost {
  readonly name: string;
  readonly port: number;
}

/** Time limit of one query to one name server, which is sent twice. */
const QUESTION_MS = 2000;
const QUESTIONS = 2;

/** Time limit of the whole lookup, with several name servers and domains. */
const LONGEST_MS = 10_000;

/** A file that changes is noticed within this time. */
const LOOK_AGAIN_NS = 1e9;

/** The validity of names from files. */
const FILE_TTL_MS = 5000;

/** True for a code that means that there is no such record, not that it is unknown. */
export function isAbsence(code: string): boolean {
  return code === 'ENOTFOUND' || code === 'ENODATA';
}

export class HostLookup implements Disposable {
  readonly #sources: NameSources;
  readonly #hosts: HostsFile;
  #resolver: Resolver;
  #resolvConf: string;
  #lookedAtNs = monotonicNs();

  constructor(sources: NameSources = {}) {
    this.#sources = sources;
    this.#hosts = new HostsFile(sources.hostsFile);
    this.#resolvConf = this.#readResolvConf();
    this.#resolver = this.#openResolver();
  }

  /** Addresses that need no name server: from /etc/hosts, and for `localhost`. `undefined` for any other name. */
  knownAddresses(host: string, ipVersion?: IpVersion): Addresses | undefined {
    const fits = (found: HostAddress): boolean =>
      ipVersion === undefined || found.ipVersion === ipVersion;
    const inFile = this.#hosts.addressesOf(host).filter(fits);
    const addresses = inFile.length > 0 ? inFile : loopbackOf(host, ipVersion);
    if (addresses.length === 0) return undefined;
    return { addresses, ttlMs: FILE_TTL_MS, unknown: [], error: null };
  }

  /** Never rejects. */
  async addresses(host: string, ipVersion?: IpVersion): Promise<Addresses> {
    const known = this.knownAddresses(host, ipVersion);
    if (known !== undefined) return known;
    const versions: readonly IpVersion[] = ipVersion === undefined ? [4, 6] : [ipVersion];
    const answer = await atMost(this.#ask(asciiName(host), versions), LONGEST_MS);
    return answer ?? { addresses: [], ttlMs: Infinity, unknown: versions, error: 'ETIMEOUT' };
  }

  /** @throws the system's error if no name server answers; `ENOTFOUND` and `ENODATA` are answers */
  async services(name: string): Promise<readonly ServiceHost[]> {
    const question = this.#searched(asciiName(name), (candidate) =>
      this.#resolver.resolveSrv(candidate),
    );
    const answer = await atMost(question, LONGEST_MS);
    if (answer === undefined) throw Object.assign(new Error('no answer'), { code: 'ETIMEOUT' });
    return answer;
  }

  [Symbol.dispose](): void {
    this.#resolver.cancel();
  }

  async #ask(host: string, versions: readonly IpVersion[]): Promise<Addresses> {
    const answers = await Promise.all(versions.map((version) => this.#records(host, version)));
    const addresses = answers.flatMap(({ addresses }) => addresses);
    const errors = answers.flatMap(({ error }) => error ?? []);
    return {
      addresses,
      ttlMs: Math.min(...answers.map(({ ttlMs }) => ttlMs)),
      unknown: answers.flatMap(({ unknown }) => unknown),
      // An unknown record may still exist.
      error:
        addresses.length > 0
          ? null
          : (errors.find((code) => !isAbsence(code)) ?? errors[0] ?? null),
    };
  }

  async #records(host: string, ipVersion: IpVersion): Promise<Addresses> {
    try {
      const records = await this.#searched(host, (name) =>
        ipVersion === 4
          ? this.#resolver.resolve4(name, { ttl: true })
          : this.#resolver.resolve6(name, { ttl: true }),
      );
      const addresses = records.map(({ address }) => ({ address, ipVersion }));
      const ttlMs = Math.min(...records.map(({ ttl }) => ttl)) * 1000;
      return { addresses, ttlMs, unknown: [], error: null };
    } catch (cause) {
      const error = systemCodeOf(cause);
      const unknown = isAbsence(error) ? [] : [ipVersion];
      return { addresses: [], ttlMs: Infinity, unknown, error };
    }
  }

  /** Queries one candidate after another, as glibc does: a server that fails at one may know the next. */
  async #searched<Found>(host: string, ask: (name: string) => Promise<Found>): Promise<Found> {
    this.#refresh();
    let failure: unknown;
    for (const name of candidatesOf(host, searchRules(this.#resolvConf))) {
      try {
        return await ask(name);
      } catch (error) {
        const code = systemCodeOf(error);
        if (failure === undefined || !isAbsence(code)) failure = error;
        if (!isAbsence(code) && code !== 'ESERVFAIL') break;
      }
    }
    throw failure;
  }

  /** Name servers and domains change with the network that a host is in. */
  #refresh(): void {
    const nowNs = monotonicNs();
    if (nowNs - this.#lookedAtNs < LOOK_AGAIN_NS) return;
    this.#lookedAtNs = nowNs;
    const text = this.#readResolvConf();
    if (text === this.#resolvConf) return;
    this.#resolvConf = text;
    this.#resolver = this.#openResolver();
  }

  #readResolvConf(): string {
    return readResolvConf(this.#sources.resolvConf ?? RESOLV_CONF);
  }

  #openResolver(): Resolver {
    const resolver = new Resolver({ timeout: QUESTION_MS, tries: QUESTIONS });
    if (this.#sources.servers !== undefined) resolver.setServers(this.#sources.servers);
    return resolver;
  }
}

/** Name servers know no other characters (RFC 5890). */
function asciiName(host: string): string {
  return /^[\x21-\x7e]*$/.test(host) ? host : domainToASCII(host) || host;
}
