// SPDX-License-Identifier: MIT
// Derives what an engine has to do from the options of a server: its services, threads and admission rules.

import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { STAMP_PORT } from '../options/ports.ts';
import { broadcastWords } from '../socket/bind-addresses.ts';
import type { AdmissionRules } from './admission.ts';
import type { BoundTo, EngineOptions } from './engines/engine.ts';
import { sharedMemory, type LimitRules } from './limits.ts';
import { ShortRequests } from './reflectors/short-requests.ts';
import { UdpEchoPlusState } from './reflectors/udp-echo-plus-state.ts';
import type { ParsedOptions } from './serve-options.ts';
import type { ServicePlan } from './service.ts';

/** Differentiated services code points (RFC 2474). */
const ALL_DSCPS = Array.from({ length: 64 }, (_, codePoint) => codePoint);

/** The limit of one source on the open internet; a measuring client needs less. */
const DEFAULT_LIMIT_PPS = 1000;

/** The limit of the whole server: a hundred sources at their limit. */
const GLOBAL_LIMIT_FACTOR = 100;

/** The parts of a server that handle the engine's reports. */
type Server = Pick<EngineOptions, 'sampleCredit' | 'listener'>;

export function engineOptions(options: ParsedOptions, server: Server): EngineOptions {
  // Read before anything is bound: it takes a descriptor, which may be the last one.
  const broadcasts = broadcastWords();
  return {
    ...options,
    signal: options.signal,
    services: servicesOf(options),
    broadcasts,
    workers: workersOf(options),
    impair: options.impair ?? null,
    rulesFor: (bound) => admissionRules(options, broadcasts, bound),
    ...server,
  };
}

function servicesOf({ port, fds, stamp, udpEchoPlus }: ParsedOptions): readonly ServicePlan[] {
  const echo: ServicePlan = udpEchoPlus
    ? { name: 'udp-echo-plus', port, fds, memory: UdpEchoPlusState.createMemory() }
    : { name: 'echo', port, fds };
  if (stamp === false) return [echo];
  const options = stamp === true ? {} : stamp;
  const { port: stampPort = STAMP_PORT, stateful = false, key = null } = options;
  const { dscp = key === null ? [] : ALL_DSCPS } = options;
  const { answerShort: answersShort = false } = options;
  const place = { port: stampPort, fds: options.fds };
  const stampPlan = { ...place, isStateful: stateful, key, dscp, answersShort };
  return [echo, { name: 'stamp', ...stampPlan, shortNotices: ShortRequests.createMemory() }];
}

function workersOf({ workers }: ParsedOptions): number {
  return workers === 'auto' ? availableParallelism() : workers;
}

function admissionRules(
  options: ParsedOptions,
  broadcasts: readonly number[],
  bound: BoundTo,
): AdmissionRules {
  const { answerAnyPort, allow, deny } = options;
  const limitPps = options.limitPps ?? (bound.isLoopbackOnly ? 0 : DEFAULT_LIMIT_PPS);
  return {
    ownPorts: bound.ports,
    answerAnyPort,
    broadcastWords: broadcasts,
    allow,
    deny,
    limits: limitPps === 0 ? null : limitRules(limitPps, bound.threads),
  };
}

function limitRules(sourcePps: number, threads: number): LimitRules {
  return {
    sourcePps,
    // All clients of a source may land on one thread, so that thread's share must be at least the limit of one source.
    threadPps: Math.max(sourcePps, (sourcePps * GLOBAL_LIMIT_FACTOR) / threads),
    salt: randomInt(2 ** 32),
    ...sharedMemory(),
  };
}
