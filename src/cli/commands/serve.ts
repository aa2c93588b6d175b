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
import type { EchoServer, Service } from '../../server/echo-server.ts';
import { serve } from '../../server/serve.ts';
import type { ServeOptions, StampOptions } from '../../server/serve-options.ts';
import type { ImpairmentPlan } from '../../server/impairment.ts';
import type { DatagramSample } from '../../server/sampler.ts';
import { readKeyFile } from '../key-file.ts';
import { EXIT_OK, type Io } from '../io.ts';
import type { Output } from '../output.ts';

export interface ServeFlags {
  readonly host: string;
  readonly port: number;
  readonly engine: 'auto' | 'linux' | 'portable';
  readonly workers: number | 'auto';
  readonly mirrorTos?: true;
  readonly gro: boolean;
  readonly gso: boolean;
  readonly answerAnyPort?: true;
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly limit?: number;
  readonly metrics?: { readonly host: string; readonly port: number };
  readonly metricsName?: readonly string[];
  readonly impair?: ImpairmentPlan;
  /** `true` is port 862. */
  readonly stamp?: true | number;
  readonly stampStateful?: true;
  readonly keyFile?: string;
  readonly stampDscp?: readonly number[];
  readonly stampAnswerShort?: true;
  readonly udpEchoPlus?: true;
  readonly quiet?: true;
  readonly json?: true;
}

/** How a server's life is told on standard output. */
export interface ServerNarrator {
  listening(host: string, server: EchoServer): void;
  datagram(sample: DatagramSample): void;
  unreported(datagrams: number): void;
  closed(counters: ServerCounters): void;
}

export async function runServe(flags: ServeFlags, io: Io): Promise<number> {
  try {
    return await serveUntilStopped(flags, io);
  } catch (error) {
    if (error !== io.stop.reason) throw error;
    io.stderr.data('echogram: stopped before it listened');
    return EXIT_OK;
  }
}

async function serveUntilStopped(flags: ServeFlags, io: Io): Promise<number> {
  using _early = io.questions.answerWith(() => {
    io.stderr.narrate('echogram: not listening yet');
  });
  const stamp = await stampOptions(flags);
  const narrator = narratorFor(flags, io.stdout);
  // Opened first: without the metrics that were asked for nothing shall be answered.
  await using metrics = await openMetrics(flags, io);
  // No name of a file is read from here on.
  io.leaveGoneDirectory();
  await using server = await serve(optionsFrom(flags, stamp, io.stop));
  using _questions = io.questions.answerWith(() => {
    for (const line of summaryLines(server)) io.stderr.narrate(`echogram: so far ${line}`);
  });
  keepLog(io);
  narrate(server, flags.host, narrator);
  if (metrics !== null) publishMetrics(metrics, server, io);
  tellStart(server, flags, io);
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
  flags: ServeFlags,
  stamp: StampOptions | undefined,
  signal: AbortSignal,
): ServeOptions {
  return {
    signal,
    host: flags.host,
    port: flags.port,
    engine: flags.engine,
    workers: flags.workers,
    mirrorTos: flags.mirrorTos === true,
    gro: flags.gro,
    gso: flags.gso,
    answerAnyPort: flags.answerAnyPort === true,
    ...(flags.allow === undefined ? {} : { allow: flags.allow }),
    ...(flags.deny === undefined ? {} : { deny: flags.deny }),
    ...(flags.limit === undefined ? {} : { limitPps: flags.limit }),
    ...(stamp === undefined ? {} : { stamp }),
    udpEchoPlus: flags.udpEchoPlus === true,
    ...(flags.impair === undefined ? {} : { impair: flags.impair }),
    samplesPerSecond: flags.quiet === true ? 0 : 10,
  };
}

/** Says on standard error what the transcript, which is about the echo alone, leaves out. */
function tellStart(server: EchoServer, flags: ServeFlags, { stderr }: Io): void {
  if (flags.quiet === true && flags.port === 0) {
    stderr.narrate(`echogram: listening on ${escapeText(flags.host)} port ${server.port}`);
  }
  const stamp = server.services.find(({ name }) => name === 'stamp');
  if (stamp !== undefined) stderr.narrate(`echogram: ${stampLine(stamp, flags)}`);
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
function stampLine({ port }: Service, flags: ServeFlags): string {
  const state = flags.stampStateful === true ? 'stateful' : 'stateless';
  const mode = flags.keyFile === undefined ? 'unauthenticated' : 'authenticated';
  return `stamp (${state}, ${mode}) on ${escapeText(flags.host)} port ${port}`;
}

/** One line for each service, which it names where there are several. */
function summaryLines({ services }: EchoServer): string[] {
  if (services.length === 1) return [serverSummary(services[0]!.counters)];
  return services.map(({ name, counters }) => `${name}: ${serverSummary(counters)}`);
}

async function stampOptions({
  stamp,
  stampStateful,
  keyFile,
  stampDscp,
  stampAnswerShort,
  allow,
}: ServeFlags): Promise<StampOptions | undefined> {
  if (stamp === undefined) return undefined;
  if (stampAnswerShort === true && (allow === undefined || keyFile !== undefined)) {
    throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
      option: '--stamp-answer-short',
      rule: 'given with --allow and without --key-file',
      remedy: 'name the networks of the senders with --allow',
    });
  }
  return {
    stateful: stampStateful === true,
    answerShort: stampAnswerShort === true,
    ...(stamp === true ? {} : { port: stamp }),
    ...(stampDscp === undefined ? {} : { dscp: stampDscp }),
    ...(keyFile === undefined ? {} : { key: await readKeyFile('--key-file', keyFile) }),
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

function narratorFor(flags: ServeFlags, stdout: Output): ServerNarrator {
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

async function openMetrics(flags: ServeFlags, io: Io): Promise<MetricsEndpoint | null> {
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
