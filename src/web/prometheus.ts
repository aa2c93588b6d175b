// SPDX-License-Identifier: MIT
// Asks Prometheus for values at one moment: https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries

import { HostLookup } from '../watch/resolve/host-lookup.ts';
import { getText } from '../watch/targets/get-text.ts';

/** A value with its labels. */
export interface PrometheusSample {
  readonly labels: Readonly<Record<string, string>>;
  /** May be NaN or infinite. */
  readonly value: number;
}

/** A person waits for it. */
const TIMEOUT_MS = 3000;

/** 10,000 pairs are about 2 MB. */
const MOST_BYTES = 8 * 1024 * 1024;

export class Prometheus implements Disposable {
  readonly #api: URL;
  readonly #lookup = new HostLookup();
  readonly #stop = new AbortController();

  /** @param url  where its pages are; a user and password in it are sent as basic authentication */
  constructor(url: string) {
    this.#api = new URL(url);
    this.#api.pathname = `${this.#api.pathname.replace(/\/$/, '')}/api/v1/query`;
    this.#api.hash = '';
  }

  /** @throws an error whose message says why, without a part of the URL that may be secret */
  async ask(query: string, atMs: number): Promise<readonly PrometheusSample[]> {
    const url = new URL(this.#api);
    url.searchParams.set('query', query);
    url.searchParams.set('time', (atMs / 1000).toFixed(3));
    return samplesOf(await this.#get(url));
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
    this.#lookup[Symbol.dispose]();
  }

  async #get(url: URL): Promise<string> {
    return await getText(url.href, {
      lookup: this.#lookup,
      timeoutMs: TIMEOUT_MS,
      mostBytes: MOST_BYTES,
      signal: this.#stop.signal,
    });
  }
}

function samplesOf(text: string): PrometheusSample[] {
  const answer = parse(text) as {
    data?: { resultType?: unknown; result?: unknown };
  } | null;
  const { resultType, result } = answer?.data ?? {};
  if (resultType === 'vector' && Array.isArray(result)) return result.map(sampleOf);
  throw new Error("its answer is not one of Prometheus' API");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Error('its answer is not JSON', { cause });
  }
}

function sampleOf(of: unknown): PrometheusSample {
  const { metric, value } = (of ?? {}) as { metric?: unknown; value?: unknown };
  if (isLabels(metric) && Array.isArray(value) && typeof value[1] === 'string') {
    return { labels: metric, value: numberOf(value[1]) };
  }
  throw new Error("its answer is not one of Prometheus' API");
}

function isLabels(value: unknown): value is PrometheusSample['labels'] {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((text) => typeof text === 'string');
}

/** `NaN`, `+Inf`, `-Inf` or a number. */
function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}
