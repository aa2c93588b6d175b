// SPDX-License-Identifier: MIT
// A URL that returns targets, queried like Prometheus' http_sd.

import { shownUrl } from '../../options/http-url.ts';
import type { HttpPlan } from '../config/source-plan.ts';
import { MOST_FILE_BYTES } from '../config/text-file.ts';
import type { FoundTarget } from '../found-target.ts';
import type { HostLookup } from '../resolve/host-lookup.ts';
import { getText } from './get-text.ts';
import { PolledSource, type Reading } from './polled-source.ts';
import type { SourceTelling } from './target-source.ts';
import { readGroups } from './target-groups.ts';

const TIMEOUT_MS = 10_000;

interface HttpSourceOptions {
  readonly plan: HttpPlan;
  readonly probes: ReadonlySet<string>;
  readonly lookup: HostLookup;
  readonly telling: SourceTelling;
}

export function openHttpSource({ plan, probes, lookup, telling }: HttpSourceOptions): PolledSource {
  const { url, refreshMs } = plan;
  const headers = { 'x-prometheus-refresh-interval-seconds': String(refreshMs / 1000) };
  let latest = '';
  let found: readonly FoundTarget[] = [];
  const read = async (signal: AbortSignal): Promise<Reading> => {
    const text = await getText(url, {
      headers,
      lookup,
      signal,
      timeoutMs: Math.min(TIMEOUT_MS, refreshMs),
      mostBytes: MOST_FILE_BYTES,
    });
    if (text !== latest) found = readGroups(parseJson(text), { ...plan, probes });
    latest = text;
    return { found, refreshMs };
  };
  return new PolledSource({
    kind: 'http_sd',
    source: shownUrl(url),
    read,
    retryMs: refreshMs,
    telling,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Error('its answer is not JSON', { cause });
  }
}
