// SPDX-License-Identifier: MIT
// What an engine is asked to do, worked out of the options of a server: its services, its threads, and the rules of
// admission.

import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { STAMP_PORT } from '../options/ports.ts';
import type { AdmissionRules } from './admission.ts';
import { broadcastWords } from './bind-addresses.ts';
import type { BoundTo, EngineOptions } from './engines/engine.ts';
import { sharedMemory, type LimitRules } from './limits.ts';
import { ShortRequests } from './reflectors/short-requests.ts';
import { UdpEchoPlusState } from './reflectors/udp-echo-plus-state.ts';
import type { ParsedOptions } from './serve-options.ts';
import type { ServicePlan } from './service.ts';

/** Code points of differentiated services (RFC 2474). */
const ALL_DSCPS = Array.from({ length: 64 }, (_, codePoint) => codePoint);

/** One source on the open internet; a measuring client needs less. */
const DEFAULT_LIMIT_PPS = 1000;

/** The server in all: a hundred sources at their limit. */
const GLOBAL_LIMIT_FACTOR = 100;

/** Who looks after what the engine tells. */
type Server = Pick<EngineOptions, 'sampleCredit' | 'listener'>;

export function engineOptions(options: ParsedOptions, server: Server): EngineOptions {
  // Asked before anything is bound: it takes a descriptor, which may be the last one.
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

function servicesOf({ port, stamp, udpEchoPlus }: ParsedOptions): readonly ServicePlan[] {
  const echo: ServicePlan = udpEchoPlus
    ? { name: 'udp-echo-plus', port, memory: UdpEchoPlusState.createMemory() }
    : { name: 'echo', port };
  if (stamp === false) return [echo];
  const options = stamp === true ? {} : stamp;
  const { port: stampPort = STAMP_PORT, stateful = false, key = null } = options;
  const { dscp = key === null ? [] : ALL_DSCPS } = options;
  const { answerShort: answersShort = false } = options;
  const stampPlan = { port: stampPort, isStateful: stateful, key, dscp, answersShort };
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
    // A source's clients all land on one thread, whose share must let it have its own limit.
    threadPps: Math.max(sourcePps, (sourcePps * GLOBAL_LIMIT_FACTOR) / threads),
    salt: randomInt(2 ** 32),
    ...sharedMemory(),
  };
}
