// SPDX-License-Identifier: MIT
// Serves from the event loop through node:dgram: one socket for each address, no threads.

import { setImmediate } from 'node:timers/promises';
import { PortableSocket } from '../../socket/portable/portable-socket.ts';
import { PortableWallClock } from '../../socket/portable/wall-clock.ts';
import { Admission, type AdmissionRules } from '../admission.ts';
import { boundTo, eachAddress, type BindAddresses } from '../bind-addresses.ts';
import { CounterBlock } from '../counters.ts';
import { ImpairedNetwork } from '../impairment.ts';
import { Limits } from '../limits.ts';
import { ReflectLoop } from '../reflect-loop.ts';
import { makeReflector, openSessions, sessionMemory } from '../reflectors/make-reflector.ts';
import { Sampler } from '../sampler.ts';
import { admissionFor, replyTtl, type ServicePlan } from '../service.ts';
import type { EngineOptions, RunningEngine } from './engine.ts';
import { openEach } from './open-each.ts';

/** A service whose sockets are bound. */
interface BoundService {
  readonly plan: ServicePlan;
  readonly block: CounterBlock;
  readonly sockets: readonly PortableSocket[];
}

/** Binds and serves. @throws SocketError `ECHOGRAM_ERR_BIND` and what resolving the host throws */
export async function startPortableEngine(options: EngineOptions): Promise<RunningEngine> {
  const addresses = await eachAddress(options.host, options.signal);
  const services = await bindServices(addresses, options);
  const sockets = services.flatMap((service) => service.sockets);
  const rules = options.rulesFor(boundTo(sockets, 1));
  const limits = limitsFor(rules, options);
  const turners = services.flatMap((service) => startService(service, options, rules, limits));
  const watch = watchSockets(sockets, options);
  let isClosed = false;
  return {
    name: 'portable',
    services: services.map(({ plan, block, sockets }) => ({
      plan,
      addresses: sockets.map(({ local }) => local),
      block: () => block,
      kernelDrops: () => null,
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
    // A send that the system took is told of by the next turn of the event loop.
    counted: async () => {
      await setImmediate();
      await setImmediate();
    },
    close: async () => {
      isClosed = true;
      clearInterval(watch);
      for (const turner of turners) turner.stop();
      await Promise.all(sockets.map((socket) => socket.close()));
    },
  };
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
      `replies leave with the system's TTL, as it refuses to set one (${refusal ?? ''})`,
    );
  }
  return warnings;
}

/** A socket may fail without an event: one whose descriptor was closed is merely never readable. */
const SOCKET_CHECK_MS = 1000;

/** Says which sockets break, and that nothing is left where all have. */
function watchSockets(
  sockets: readonly PortableSocket[],
  { listener }: EngineOptions,
): NodeJS.Timeout {
  const onBroken = (socket: PortableSocket, systemCode: string): void => {
    const { address, port } = socket.local;
    const what = `the socket at ${address} port ${port} fails (${systemCode})`;
    const left = sockets.filter(({ isBroken }) => !isBroken).length;
    if (left === 0) listener.onFailed(what);
    else {
      listener.onNotice(
        `${what} and receives nothing any more; ${left} of ${sockets.length} are left`,
      );
    }
  };
  for (const socket of sockets) {
    socket.onBroken = (systemCode) => {
      onBroken(socket, systemCode);
    };
  }
  const check = (): void => {
    for (const socket of sockets) socket.check();
  };
  return setInterval(check, SOCKET_CHECK_MS).unref();
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

/** Runs a loop when called, and again when a reply that it holds back is due. */
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

  /** Whether what is held back keeps the process running; at first it does. */
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
