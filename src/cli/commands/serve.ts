// SPDX-License-Identifier: MIT
// echogram serve: answers, and prints the classic transcript.

import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { createError } from '../../errors.ts';
import { escapeText } from '../../printable.ts';
import { nodeIdentity } from '../../http/node-identity.ts';
import type { MetricsEndpoint } from '../../metrics/http-endpoint.ts';
import { serverSummary } from '../../report/server-summary.ts';
import type { EchoServer } from '../../server/echo-server.ts';
import type { Service } from '../../server/service-view.ts';
import { areLoopback } from '../../server/server-warnings.ts';
import { serve } from '../../server/serve.ts';
import type { ServeOptions, StampOptions } from '../../server/serve-options.ts';
import { formatHostPort } from '../../host-port.ts';
import type { ServiceNotifier } from '../../service-manager/service-notifier.ts';
import { SERVE_OPTIONS } from '../../options/serve.ts';
import { asGiven, only, sourceOf, type Given } from '../given-options.ts';
import { SERVE_FLAGS, STAMP_PREFIX } from '../flags/serve.ts';
import { readKeyFile } from '../../options/key-file.ts';
import { EXIT_OK, type Io } from '../io.ts';
import type { Output } from '../output.ts';
import {
  classicNarrator,
  jsonNarrator,
  narrate,
  type Places,
  type ServerNarrator,
} from '../server-narrators.ts';
import {
  isStampGiven,
  passedSockets,
  tellPassed,
  withoutPlace,
  type PassedSockets,
} from '../passed-sockets.ts';
import { openServiceNotifier } from '../service-notices.ts';
import { keepLog } from '../service-output.ts';

type ServeGiven = Given<typeof SERVE_FLAGS>;

type ServeValues = ServeGiven['values'];

export async function runServe(given: ServeGiven, io: Io): Promise<number> {
  try {
    return await serveUntilStopped(given, io);
  } catch (error) {
    if (error !== io.stop.reason) throw error;
    io.stderr.data('echogram: stopped before it was listening');
    return EXIT_OK;
  }
}

async function serveUntilStopped(given: ServeGiven, io: Io): Promise<number> {
  const { values: flags } = given;
  using _early = io.questions.answerWith(() => {
    io.stderr.narrate('echogram: not listening yet');
  });
  const passed = passedSockets(given, io);
  const stamp = await stampOptions(given, passed);
  const narrator = narratorFor(flags, io.stdout);
  await using notifier = await openServiceNotifier(io, flags.engine !== 'portable');
  // Opened first: without the requested metrics nothing should be answered.
  await using metrics = await openMetrics(flags, io);
  // From here on no file names are used.
  io.leaveGoneDirectory();
  await using server = await startServer(given, optionsFrom(flags, stamp, passed), io.stop);
  using _questions = io.questions.answerWith(() => {
    for (const line of summaryLines(server)) io.stderr.narrate(`echogram: so far ${line}`);
  });
  keepLog(io, 'the server keeps answering');
  const places = placesOf(server, flags, passed);
  const { host } = places[0];
  if (passed === undefined) tellReach(server, flags, io);
  else tellPassed(passed, given, io);
  narrate(server, places, narrator);
  if (metrics !== null) publishMetrics(metrics, server, io);
  tellStart(server, host, passed, flags, io);
  tellWarnings(server, io);
  notifier.ready(statusOf(server));
  notifier.feedWhile(() => server.turned());
  try {
    await Promise.race([endRequest(flags, metrics, notifier, io), server.closed]);
    await server.close();
  } finally {
    for (const line of summaryLines(server)) io.stderr.narrate(`echogram: ${line}`);
  }
  return EXIT_OK;
}

/** A stop ends its start; what a stop does later is not its own matter. */
async function startServer(
  given: ServeGiven,
  options: ServeOptions,
  stop: AbortSignal,
): Promise<EchoServer> {
  const start = new AbortController();
  const abort = (): void => {
    start.abort(stop.reason);
  };
  if (stop.aborted) abort();
  stop.addEventListener('abort', abort);
  try {
    return await serve({ ...options, signal: start.signal });
  } catch (error) {
    throw asGiven(error, given);
  } finally {
    stop.removeEventListener('abort', abort);
  }
}

function optionsFrom(
  flags: ServeValues,
  stamp: StampOptions | undefined,
  passed: PassedSockets | undefined,
): ServeOptions {
  const options = only(SERVE_OPTIONS, flags);
  return {
    ...(passed === undefined ? options : { ...withoutPlace(options), fds: passed.fds }),
    ...(stamp === undefined ? {} : { stamp }),
    ...(flags.quiet === true ? { samplesPerSecond: 0 } : {}),
  };
}

/** The host as the user gave it, or the addresses of passed sockets. */
function placesOf(
  { addresses, port }: EchoServer,
  { host = SERVE_OPTIONS.host.default }: ServeValues,
  passed: PassedSockets | undefined,
): Places {
  if (passed === undefined) return [{ host, port }];
  const [first, ...others] = addresses.map(({ address, port }) => ({ host: address, port }));
  return [first!, ...others];
}

/** What `systemctl status` shows. */
function statusOf({ services, engine, workers }: EchoServer): string {
  const where = services.map(({ name, addresses }) => {
    const places = addresses.map(({ address, port }) => formatHostPort(address, port));
    return `${name} on ${places.join(', ')}`;
  });
  const threads = workers.asked === 1 ? '' : `, ${workers.asked} workers`;
  return `answering ${where.join('; ')} (${engine} engine${threads})`;
}

/** Prints to standard error what the transcript omits, which covers only the echo. */
function tellStart(
  server: EchoServer,
  host: string,
  passed: PassedSockets | undefined,
  flags: ServeValues,
  { stderr }: Io,
): void {
  if (flags.quiet === true && flags.port === 0) {
    stderr.narrate(`echogram: listening on ${escapeText(host)} port ${server.port}`);
  }
  const stamp = server.services.find(({ name }) => name === 'stamp');
  if (stamp !== undefined) {
    const stampHost = passed === undefined ? host : stamp.addresses[0]!.address;
    stderr.narrate(`echogram: ${stampLine(stamp, stampHost, flags)}`);
  }
  if (server.engineReason !== null) {
    stderr.narrate(
      `echogram: using the portable engine because the linux engine can't run: ${server.engineReason}`,
    );
  }
}

/** Tells readers of the transcript how to let other hosts in, unless they chose the host themselves. */
function tellReach({ addresses }: EchoServer, flags: ServeValues, { stderr }: Io): void {
  if (flags.host !== undefined || flags.quiet === true || flags.json === true) return;
  if (!areLoopback(addresses)) return;
  stderr.narrate('echogram: answers this host only; --host 0.0.0.0 (or ::) answers others too');
}

function tellWarnings(server: EchoServer, io: Io): void {
  server.on('warning', (message) => {
    // A worker may have died, and another one may be about to start.
    io.leaveGoneDirectory();
    io.stderr.narrate(`echogram: warning: ${message}`);
  });
}

/** Describes where and how STAMP is answered. */
function stampLine({ port }: Service, host: string, flags: ServeValues): string {
  const state = flags['stamp.stateful'] === true ? 'stateful' : 'stateless';
  const mode = flags.keyFile === undefined ? 'unauthenticated' : 'authenticated';
  return `stamp (${state}, ${mode}) on ${escapeText(host)} port ${port}`;
}

/** One line for each service, which it names if there are several. */
function summaryLines({ services }: EchoServer): string[] {
  if (services.length === 1) return [serverSummary(services[0]!.counters)];
  return services.map(({ name, counters }) => `${name}: ${serverSummary(counters)}`);
}

async function stampOptions(
  given: ServeGiven,
  passed: PassedSockets | undefined,
): Promise<StampOptions | undefined> {
  const { values: flags } = given;
  const { keyFile, stamp } = flags;
  const nested = Object.entries(flags).filter(([name]) => name.startsWith(STAMP_PREFIX));
  if (!isStampGiven(given)) return undefined;
  if (flags['stamp.answerShort'] === true && (flags.allow === undefined || keyFile !== undefined)) {
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: sourceOf('stamp.answerShort', given),
      rule: 'given with --allow and without --key-file',
      remedy: 'name the networks of the senders with --allow',
    });
  }
  const named = nested.map(([name, value]) => [name.slice(STAMP_PREFIX.length), value]);
  const options = Object.fromEntries(named) as StampOptions;
  return {
    ...(typeof stamp === 'object' && passed === undefined ? stamp : {}),
    ...(passed === undefined ? {} : { fds: passed.stampFds }),
    ...options,
    ...(keyFile === undefined
      ? {}
      : { key: await readKeyFile(sourceOf('keyFile', given), keyFile) }),
  };
}

function narratorFor(flags: ServeValues, stdout: Output): ServerNarrator {
  if (flags.json === true) return jsonNarrator(stdout);
  if (flags.quiet === true) return classicNarrator(() => undefined);
  return classicNarrator((...lines) => {
    stdout.narrate(...lines);
  });
}

async function openMetrics(flags: ServeValues, io: Io): Promise<MetricsEndpoint | null> {
  if (flags.metrics === undefined) return null;
  // Imported here, because prom-client takes longer to load than everything else.
  const { openMetricsEndpoint } = await import('../../metrics/http-endpoint.ts');
  const { host, port } = flags.metrics;
  return await openMetricsEndpoint({
    host,
    port,
    identity: flags.identity === undefined ? undefined : nodeIdentity(flags.identity),
    ...(flags.metricsName === undefined ? {} : { names: flags.metricsName }),
    onFault: (error) => {
      io.stderr.narrate(`echogram: warning: metrics: ${escapeText(String(error))}`);
    },
  });
}

function publishMetrics(endpoint: MetricsEndpoint, server: EchoServer, io: Io): void {
  endpoint.publish(server);
  io.stderr.narrate(`echogram: metrics at ${endpoint.origin}/metrics`);
}

/** Resolves when the server is to end: some time after SIGTERM, if that was asked for, and else with the stop. */
async function endRequest(
  { drainMs = SERVE_FLAGS.drainMs.default }: ServeValues,
  metrics: MetricsEndpoint | null,
  notifier: ServiceNotifier,
  { stop, end, stderr }: Io,
): Promise<void> {
  if (!stop.aborted) await once(stop, 'abort');
  const { code } = stop.reason as { readonly code?: unknown };
  if (drainMs === 0 || code !== 'SIGTERM') {
    notifier.stopping('stopping');
    return;
  }
  notifier.stopping(`answering for ${drainMs / 1000} s more`);
  metrics?.drain();
  stderr.narrate(`echogram: answering for ${drainMs / 1000} s more, and then stopping`);
  await pause(drainMs, undefined, { signal: end }).catch((error: unknown) => {
    if (!end.aborted) throw error;
  });
}
