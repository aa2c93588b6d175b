// SPDX-License-Identifier: MIT
// Serves from the event loop through node:dgram: one socket for each address, no threads.

import { setImmediate } from 'node:timers/promises';
import { eachAddress, type BindAddresses } from '../../socket/bind-addresses.ts';
import { openEach } from '../../socket/open-each.ts';
import { PortableSocket, type AdoptOptions } from '../../socket/portable/portable-socket.ts';
import { watchSockets } from '../../socket/portable/watch-sockets.ts';
import { PortableWallClock } from '../../socket/portable/wall-clock.ts';
import { Admission, type AdmissionRules } from '../admission.ts';
import { CounterBlock } from '../counters.ts';
import { ImpairedNetwork } from '../impairment.ts';
import { Limits } from '../limits.ts';
import { ReflectLoop } from '../reflect-loop.ts';
import { makeReflector, openSessions, sessionMemory } from '../reflectors/make-reflector.ts';
import { Sampler } from '../sampler.ts';
import { admissionFor, replyTtl, type ServicePlan } from '../service.ts';
import { boundTo } from './bound-to.ts';
import type { EngineOptions, RunningEngine } from './engine.ts';

/** A service whose sockets are bound. */
interface BoundService {
  readonly plan: ServicePlan;
  readonly block: CounterBlock;
  readonly sockets: readonly PortableSocket[];
}

/** Binds and serves. @throws SocketError `ECHOGRAM_ERR_BIND` and what resolving the host throws */
export async function startPortableEngine(options: EngineOptions): Promise<RunningEngine> {
  const addresses = await addressesFor(options);
  const services = await bindServices(addresses, options);
  const sockets = services.flatMap((service) => service.sockets);
  const rules = options.rulesFor(boundTo(sockets, 1));
  const limits = limitsFor(rules, options);
  const turners = services.flatMap((service) => startService(service, options, rules, limits));
  const watch = watchSockets(sockets, options.listener);
  let isClosed = false;
  return {
    name: 'portable',
    services: services.map(({ plan, block, sockets }) => ({
      plan,
      addresses: sockets.map(({ local }) => local),
      block: () => block,
      kernelDrops: () => null,
      seesFragments: false,
    })),
    receiveBuffer: sockets[0]!.receiveBuffer,
    sendBuffer: sockets[0]!.sendBuffer,
    limits: rules.limits,
    warnings: warningsOf(addresses, sockets),
    workers: 1,
    get workersAlive() {
      return isClosed ? 0 : 1;
    },
    workerDeaths: 0,
    get failingSockets() {
      return sockets.filter(({ isBroken }) => isBroken).length;
    },
    keepRunning: (isKept) => {
      for (const one of [...sockets, ...turners]) one.keepRunning(isKept);
    },
    counted: twoTurns,
    // Its loop is the event loop, and whoever asks is part of it.
    turned: twoTurns,
    close: async () => {
      isClosed = true;
      clearInterval(watch);
      for (const turner of turners) turner.stop();
      await Promise.all(sockets.map((socket) => socket.close()));
    },
  };
}

/** None if all sockets are passed. */
async function addressesFor({ services, host, signal }: EngineOptions): Promise<BindAddresses> {
  const isPassed = services.every(({ fds }) => fds !== undefined);
  return isPassed ? { addresses: [], allowMissing: true } : await eachAddress(host, signal);
}

/** node:dgram reports a send that the system accepted by the next turn of the event loop. */
async function twoTurns(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

function limitsFor(rules: AdmissionRules, { listener }: EngineOptions): Limits | undefined {
  if (rules.limits === null) return undefined;
  return new Limits(rules.limits, (refusal, source) => {
    listener.onLimited({ refusal, source });
  });
}

function warningsOf(
  { warning }: BindAddresses,
  sockets: readonly PortableSocket[],
): readonly string[] {
  const warnings = warning === undefined ? [] : [warning];
  const refusal = sockets.find(({ ttlRefusal }) => ttlRefusal !== null)?.ttlRefusal;
  if (refusal !== undefined) {
    warnings.push(
      `replies use the system's default TTL because it refuses to set one (${refusal ?? ''})`,
    );
  }
  return warnings;
}

async function bindServices(
  addresses: BindAddresses,
  options: EngineOptions,
): Promise<readonly BoundService[]> {
  const bound: BoundService[] = [];
  try {
    for (const plan of options.services) bound.push(await bindService(plan, addresses, options));
  } catch (error) {
    await Promise.all(bound.flatMap(({ sockets }) => sockets.map((socket) => socket.close())));
    throw error;
  }
  return bound;
}

async function bindService(
  plan: ServicePlan,
  addresses: BindAddresses,
  { host, broadcasts, receiveBufferBytes, signal }: EngineOptions,
): Promise<BoundService> {
  const block = new CounterBlock();
  if (plan.fds !== undefined) {
    const options = { ttl: replyTtl(plan), cells: block.socket, broadcasts };
    return { plan, block, sockets: await adoptEach(plan.fds, options) };
  }
  const sockets = await openEach(
    { host, broadcasts, signal, ...addresses, port: plan.port },
    {
      open: (address, port) =>
        PortableSocket.open({
          address,
          port,
          receiveBufferBytes,
          ttl: replyTtl(plan),
          cells: block.socket,
        }),
      close: (socket) => socket.close(),
    },
  );
  return { plan, block, sockets };
}

async function adoptEach(
  fds: readonly number[],
  options: AdoptOptions,
): Promise<readonly PortableSocket[]> {
  const sockets: PortableSocket[] = [];
  try {
    for (const fd of fds) sockets.push(await PortableSocket.adopt(fd, options));
  } catch (error) {
    await Promise.all(sockets.map((socket) => socket.close()));
    throw error;
  }
  return sockets;
}

function startService(
  { plan, block, sockets }: BoundService,
  options: EngineOptions,
  rules: AdmissionRules,
  limits: Limits | undefined,
): readonly Turner[] {
  const cells = block.refusals;
  const admission = new Admission({ ...admissionFor(plan, rules), limits, cells });
  const sampler = new Sampler(plan.name, options.sampleCredit, block, options.listener.onSample);
  const sessions = openSessions(sessionMemory(plan));
  const clock = new PortableWallClock();
  return sockets.map((socket, index) => {
    const network =
      options.impair === null ? undefined : new ImpairedNetwork(options.impair, block.impairments);
    const reflector = makeReflector(plan, {
      clock,
      sessions,
      socket: index,
      seesTos: false,
      notify: options.listener.onNotice,
      block,
    });
    const loop = new ReflectLoop({ socket, admission, reflector, sampler, block, network });
    const turner = new Turner(loop);
    socket.start(turner.turn);
    return turner;
  });
}

/** Runs a loop when called, and again when a held-back reply is due. */
class Turner {
  readonly #loop: ReflectLoop;
  #timer: NodeJS.Timeout | undefined;
  #isKept = true;

  constructor(loop: ReflectLoop) {
    this.#loop = loop;
  }

  readonly turn = (): void => {
    this.#loop.turn();
    const { dueInMs } = this.#loop;
    clearTimeout(this.#timer);
    if (dueInMs === undefined) return;
    this.#timer = setTimeout(this.turn, dueInMs);
    if (!this.#isKept) this.#timer.unref();
  };

  /** Sets whether held-back replies keep the process running; initially they do. */
  keepRunning(isKept: boolean): void {
    this.#isKept = isKept;
    if (isKept) this.#timer?.ref();
    else this.#timer?.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#loop.discard();
  }
}
