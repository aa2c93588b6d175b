// SPDX-License-Identifier: MIT
// The HTTP listeners of a watch: one with page, API and metrics, and one with metrics alone.

import { createError, EchogramError } from '../errors.ts';
import { nodeIdentity } from '../http/node-identity.ts';
import { escapeText } from '../printable.ts';
import type { Watch } from '../watch/running-watch.ts';
import type { WebConfig } from '../web/web-config.ts';
import type { WatchListener, WatchListenerOptions } from '../web/watch-listener.ts';
import { sourceOf } from './given-options.ts';
import type { WatchGiven } from './flags/watch.ts';
import { USUAL_LISTEN } from './flags/watch.ts';
import type { Io } from './io.ts';

/** Closes them when it is disposed of. */
export interface WatchListeners extends AsyncDisposable {
  /** Where to look, in sentences. */
  readonly lines: readonly string[];
  /** Serves this watch from now on. */
  publish(watch: Watch): void;
  /** Reads the file of --web-config again, if there is one. */
  renew(): Promise<void>;
}

/** What all listeners of a watch have in common. */
type Shared = Omit<WatchListenerOptions, 'host' | 'port' | 'serves'>;

/** Options of the page and its controls, and of any listener. */
const OF_PAGE = ['prometheus', 'webLifecycle'] as const;
const OF_LISTENERS = ['listenName', 'webConfig', 'webToken', 'webTokenFile'] as const;

/**
 * @param reload  reads the configuration again; for POST /-/reload
 * @throws OptionError `ECHOGRAM_ERR_OPTION_VALUE`
 */
export async function openListeners(
  given: WatchGiven,
  reload: () => Promise<void>,
  io: Io,
): Promise<WatchListeners> {
  requireListener(given);
  let web = await webConfigOf(given);
  const shared = await sharedOptions(given, web, reload, io);
  const opened: WatchListener[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((listener) => listener[Symbol.asyncDispose]()));
    await web?.passwords?.[Symbol.asyncDispose]();
  };
  try {
    const page = await openPage(given, shared);
    if (page !== undefined) opened.push(page);
    const metrics = await openMetrics(given, shared);
    if (metrics !== undefined) opened.push(metrics);
    return {
      lines: linesOf(page, metrics, shared),
      publish: (watch) => {
        for (const listener of opened) listener.publish(watch);
      },
      renew: async () => {
        const before = web;
        const next = await webConfigOf(given);
        if (next === undefined) return;
        const access = { ...shared.access, passwords: next.passwords };
        for (const listener of opened) listener.renew({ access, tls: next.tls });
        web = next;
        await before?.passwords?.[Symbol.asyncDispose]();
      },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Refuses flags without effect. A variable may be meant for another call. */
function requireListener(given: WatchGiven): void {
  const { listen, metrics } = given.values;
  if (listen !== 'none') return;
  const useless = metrics === undefined ? [...OF_PAGE, ...OF_LISTENERS] : OF_PAGE;
  const flag = useless.map((name) => given.sources.get(name)?.name).find(isFlag);
  if (flag === undefined) return;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: flag,
    rule: `left out, because ${sourceOf('listen', given)} is none`,
  });
}

function isFlag(source: string | undefined): boolean {
  return source?.startsWith('--') === true;
}

async function sharedOptions(
  given: WatchGiven,
  web: WebConfig | undefined,
  reload: () => Promise<void>,
  { stderr }: Io,
): Promise<Shared> {
  const { identity, listenName, prometheus, webLifecycle } = given.values;
  const token = await tokenOf(given);
  return {
    ...(listenName === undefined ? {} : { names: listenName }),
    access: { token, passwords: web?.passwords },
    tls: web?.tls,
    headers: web?.headers,
    node: nodeIdentity(identity),
    prometheus,
    reload: webLifecycle === true ? reload : undefined,
    onFault: (error) => {
      stderr.narrate(`echogram: warning: page: ${escapeText(String(error))}`);
    },
  };
}

async function openPage(given: WatchGiven, shared: Shared): Promise<WatchListener | undefined> {
  const { listen } = given.values;
  if (listen === 'none') return undefined;
  if (listen !== undefined)
    return await open({ ...shared, ...listen, serves: 'everything' }, given);
  const usual = { ...shared, ...USUAL_LISTEN, serves: 'everything' } as const;
  try {
    return await open(usual, given);
  } catch (error) {
    // Another watch uses this port, which the user did not ask for.
    if (!EchogramError.is(error) || !('systemCode' in error.data)) throw error;
    if (error.data.systemCode !== 'EADDRINUSE') throw error;
    return await open({ ...usual, port: 0 }, given);
  }
}

async function openMetrics(
  { values: { metrics }, ...given }: WatchGiven,
  shared: Shared,
): Promise<WatchListener | undefined> {
  if (metrics === undefined) return undefined;
  const { reload: _, ...rest } = shared;
  return await open({ ...rest, ...metrics, serves: 'metrics' }, { values: { metrics }, ...given });
}

async function open(options: WatchListenerOptions, given: WatchGiven): Promise<WatchListener> {
  // Imported here: prom-client takes longer to load than all the rest.
  const { WatchListener } = await import('../web/watch-listener.ts');
  return await WatchListener.open(options).catch((error: unknown) => {
    throw asListenFlag(error, given);
  });
}

/** The error of an address beyond loopback, naming the flag. */
function asListenFlag(error: unknown, given: WatchGiven): unknown {
  if (!EchogramError.is(error) || error.code !== 'ECHOGRAM_ERR_OPTION_VALUE') return error;
  return createError(error.code, {
    ...error.data,
    option: `the host of ${sourceOf('listen', given)}`,
  });
}

function linesOf(
  page: WatchListener | undefined,
  metrics: WatchListener | undefined,
  { access }: Shared,
): string[] {
  const hint = access.token === undefined ? '' : '?token=TOKEN (replace TOKEN with the token)';
  return [
    ...(page === undefined
      ? []
      : [`page at ${page.origin}/${hint}, metrics at ${page.origin}/metrics`]),
    ...(metrics === undefined ? [] : [`metrics at ${metrics.origin}/metrics`]),
  ];
}

async function webConfigOf({ values }: WatchGiven): Promise<WebConfig | undefined> {
  if (values.webConfig === undefined) return undefined;
  const { loadWebConfig } = await import('../web/web-config.ts');
  return await loadWebConfig(values.webConfig);
}

/** The token of a file, if one is named; or that of the flag or the environment. */
async function tokenOf(given: WatchGiven): Promise<string | undefined> {
  const { webToken, webTokenFile } = given.values;
  if (webTokenFile === undefined) return webToken;
  const { readTokenFile } = await import('./token-file.ts');
  return await readTokenFile(sourceOf('webTokenFile', given), webTokenFile);
}
