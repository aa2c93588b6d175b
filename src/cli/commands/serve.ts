// SPDX-License-Identifier: MIT
// echogram serve: answers, and says so in the classic words.

import { once } from 'node:events';
import { createError } from '../../errors.ts';
import { escapeText } from '../../printable.ts';
import { countOf } from '../../quantities.ts';
import { payloadText } from '../../report/payload-text.ts';
import type { MetricsEndpoint } from '../../metrics/http-endpoint.ts';
import { serverSummary } from '../../report/server-summary.ts';
import { datagramLines, startingUp, unreportedLines } from '../../report/transcript.ts';
import type { ServerCounters } from '../../server/counters.ts';
import type { EchoServer } from '../../server/echo-server.ts';
import type { Service } from '../../server/service-view.ts';
import { serve } from '../../server/serve.ts';
import type { ServeOptions, StampOptions } from '../../server/serve-options.ts';
import type { DatagramSample } from '../../server/sampler.ts';
import { SERVE_OPTIONS } from '../../options/serve.ts';
import { asGiven, only, sourceOf, type Given } from '../command-flags.ts';
import { STAMP_PREFIX, type SERVE_FLAGS } from '../flags/serve.ts';
import { readKeyFile } from '../key-file.ts';
import { EXIT_OK, type Io } from '../io.ts';
import type { Output } from '../output.ts';

type ServeGiven = Given<typeof SERVE_FLAGS>;

type ServeValues = ServeGiven['values'];

/** How a server's life is told on standard output. */
export interface ServerNarrator {
  listening(host: string, server: EchoServer): void;
  datagram(sample: DatagramSample): void;
  unreported(datagrams: number): void;
  closed(counters: ServerCounters): void;
}

export async function runServe(given: ServeGiven, io: Io): Promise<number> {
  try {
    return await serveUntilStopped(given, io);
  } catch (error) {
    if (error !== io.stop.reason) throw error;
    io.stderr.data('echogram: stopped before it listened');
    return EXIT_OK;
  }
}

async function serveUntilStopped(given: ServeGiven, io: Io): Promise<number> {
  const { values: flags } = given;
  using _early = io.questions.answerWith(() => {
    io.stderr.narrate('echogram: not listening yet');
  });
  const stamp = await stampOptions(given);
  const narrator = narratorFor(flags, io.stdout);
  // Opened first: without the metrics that were asked for nothing shall be answered.
  await using metrics = await openMetrics(flags, io);
  // No name of a file is read from here on.
  io.leaveGoneDirectory();
  await using server = await serve(optionsFrom(flags, stamp, io.stop)).catch((error: unknown) => {
    throw asGiven(error, given);
  });
  using _questions = io.questions.answerWith(() => {
    for (const line of summaryLines(server)) io.stderr.narrate(`echogram: so far ${line}`);
  });
  keepLog(io);
  const { host = SERVE_OPTIONS.host.default } = flags;
  narrate(server, host, narrator);
  if (metrics !== null) publishMetrics(metrics, server, io);
  tellStart(server, host, flags, io);
  tellWarnings(server, io);
  try {
    await Promise.race([stopRequest(io), server.closed]);
    await server.close();
  } finally {
    for (const line of summaryLines(server)) io.stderr.narrate(`echogram: ${line}`);
  }
  return EXIT_OK;
}

function optionsFrom(
  flags: ServeValues,
  stamp: StampOptions | undefined,
  signal: AbortSignal,
): ServeOptions {
  return {
    ...only(SERVE_OPTIONS, flags),
    signal,
    ...(stamp === undefined ? {} : { stamp }),
    ...(flags.quiet === true ? { samplesPerSecond: 0 } : {}),
  };
}

/** Says on standard error what the transcript, which is about the echo alone, leaves out. */
function tellStart(server: EchoServer, host: string, flags: ServeValues, { stderr }: Io): void {
  if (flags.quiet === true && flags.port === 0) {
    stderr.narrate(`echogram: listening on ${escapeText(host)} port ${server.port}`);
  }
  const stamp = server.services.find(({ name }) => name === 'stamp');
  if (stamp !== undefined) stderr.narrate(`echogram: ${stampLine(stamp, host, flags)}`);
  if (server.engineReason !== null) {
    stderr.narrate(
      `echogram: the portable engine answers, because linux can't: ${server.engineReason}`,
    );
  }
}

function tellWarnings(server: EchoServer, io: Io): void {
  server.on('warning', (message) => {
    // It may be that a worker has died, and another one is about to start.
    io.leaveGoneDirectory();
    io.stderr.narrate(`echogram: warning: ${message}`);
  });
}

/** Where and how STAMP is answered. */
function stampLine({ port }: Service, host: string, flags: ServeValues): string {
  const state = flags['stamp.stateful'] === true ? 'stateful' : 'stateless';
  const mode = flags.keyFile === undefined ? 'unauthenticated' : 'authenticated';
  return `stamp (${state}, ${mode}) on ${escapeText(host)} port ${port}`;
}

/** One line for each service, which it names where there are several. */
function summaryLines({ services }: EchoServer): string[] {
  if (services.length === 1) return [serverSummary(services[0]!.counters)];
  return services.map(({ name, counters }) => `${name}: ${serverSummary(counters)}`);
}

/** As soon as one of its flags is given, STAMP is answered. */
async function stampOptions(given: ServeGiven): Promise<StampOptions | undefined> {
  const { values: flags } = given;
  const { keyFile, stamp } = flags;
  const nested = Object.entries(flags).filter(([name]) => name.startsWith(STAMP_PREFIX));
  if (stamp === undefined && keyFile === undefined && nested.length === 0) return undefined;
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
    ...(typeof stamp === 'object' ? stamp : {}),
    ...options,
    ...(keyFile === undefined
      ? {}
      : { key: await readKeyFile(sourceOf('keyFile', given), keyFile) }),
  };
}

/** Tells the server's events to the narrator, from its start to its close. */
export function narrate(server: EchoServer, host: string, narrator: ServerNarrator): void {
  narrator.listening(host, server);
  server.on('datagram', (sample) => {
    narrator.datagram(sample);
  });
  server.on('unreported', (datagrams) => {
    narrator.unreported(datagrams);
  });
  server.on('close', (counters) => {
    narrator.closed(counters);
  });
}

/** The classic lines. */
export function classicNarrator(print: (...lines: string[]) => void): ServerNarrator {
  return {
    listening: (host, server) => {
      print(...startingUp(host, server.port));
    },
    datagram: (sample) => {
      print(...datagramLines(sample));
    },
    unreported: (datagrams) => {
      print(...unreportedLines(datagrams));
    },
    closed: () => undefined,
  };
}

function narratorFor(flags: ServeValues, stdout: Output): ServerNarrator {
  const print = (...lines: string[]): void => {
    stdout.narrate(...lines);
  };
  if (flags.json === true) return jsonNarrator(stdout);
  if (flags.quiet === true) return classicNarrator(() => undefined);
  return classicNarrator(print);
}

function jsonNarrator(stdout: Output): ServerNarrator {
  const line = (event: string, fields: object): string =>
    JSON.stringify({ event, time: new Date().toISOString(), ...fields });
  const write = (event: string, fields: object): void => {
    stdout.narrate(line(event, fields));
  };
  // What is said once is data: a slow reader gets it late, and gets it.
  const writeOnce = (event: string, fields: object): void => {
    stdout.data(line(event, fields));
  };
  stdout.describeMissing = (lines, systemCode) => line('dropped', { lines, systemCode });
  return {
    listening: (
      host,
      { port, addresses, engine, workers, receiveBuffer, sendBuffer, services },
    ) => {
      writeOnce('listening', {
        host,
        port,
        addresses,
        engine,
        workers: workers.asked,
        receiveBuffer,
        sendBuffer,
        services: services.map(({ name, port, addresses }) => ({ name, port, addresses })),
      });
    },
    datagram: ({ service, peer, payload, payloadBytes, refused, notSent, sentBytes }) => {
      // Of another service than the echo it is not what came.
      const text = service === 'echo' ? { payload: payloadText(payload, payloadBytes) } : {};
      write('received', { service, peer, payloadBytes, ...text });
      if (refused !== null) write('refused', { service, peer, payloadBytes, reason: refused });
      else if (notSent !== null) {
        write('not-sent', { service, peer, payloadBytes, reason: notSent });
      } else write('sent', { service, peer, payloadBytes: sentBytes });
    },
    unreported: (datagrams) => {
      write('unreported', { datagrams });
    },
    closed: (counters) => {
      writeOnce('closed', { ...counters, missingLines: stdout.missingLines });
    },
  };
}

async function openMetrics(flags: ServeValues, io: Io): Promise<MetricsEndpoint | null> {
  if (flags.metrics === undefined) return null;
  // Imported here: prom-client takes longer to load than all the rest.
  const { openMetricsEndpoint } = await import('../../metrics/http-endpoint.ts');
  const { host, port } = flags.metrics;
  return await openMetricsEndpoint({
    host,
    port,
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

async function stopRequest({ stop }: Io): Promise<void> {
  if (!stop.aborted) await once(stop, 'abort');
}

/** A server does not end because its output can't be written: it says so, and goes on. */
function keepLog({ stdout, stderr }: Io): void {
  stdout.keepLog({
    onFailure: (systemCode, isForGood) => {
      const what = isForGood
        ? `any more (${systemCode}); the server answers on without it`
        : `(${systemCode}); the server answers on, and tries again each second`;
      stderr.data(`echogram: warning: standard output can't be written ${what}`);
    },
    onRecovery: (lines) => {
      const missing = `${countOf(lines, 'line')} ${lines === 1 ? 'is' : 'are'} missing`;
      stderr.data(`echogram: standard output is written again; ${missing}`);
    },
  });
}
