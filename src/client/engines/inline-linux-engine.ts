// SPDX-License-Identifier: MIT
// Runs a session in the calling thread through recvmmsg and sendmmsg, with the kernel's timestamps, for a single probe:
// it has no schedule to keep, and starting a thread takes more processor time than all of Node's own start. While the
// run waits, the event loop goes on. The wait takes one of the few threads that Node looks up names and reads files
// in, so that only one measurement at a time runs like this.

import {
  linuxProbeChannels,
  ProbeSockets,
  type LinuxProbeChannel,
} from '../../socket/linux/open-probe-channel.ts';
import { STOP } from '../../socket/stop-wish.ts';
import type { InterimResult } from '../session/interim-result.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { LinuxRun } from './linux-run.ts';
import {
  asEngineFailure,
  channelOptions,
  type RunOutcome,
  type ProbeEngine,
  type ProbeEngineOptions,
} from './probe-engine.ts';

export class InlineLinuxEngine implements ProbeEngine {
  static #isTaken = false;
  readonly engine = 'linux';
  readonly localPorts: readonly number[];
  readonly #options: ProbeEngineOptions;
  readonly #sockets: ProbeSockets;
  readonly #channel: LinuxProbeChannel;
  #running: LinuxRun | undefined;

  /**
   * @throws EngineUnavailable if this machine can't run it
   * @throws the system's error in Node's shape if no socket can be opened or connected
   */
  static async open(options: ProbeEngineOptions): Promise<InlineLinuxEngine> {
    InlineLinuxEngine.#isTaken = true;
    let sockets: ProbeSockets | undefined;
    try {
      // First, because it finds out whether this machine can run the engine.
      sockets = await ProbeSockets.open(channelOptions(options));
      const openChannel = await linuxProbeChannels();
      return new InlineLinuxEngine(options, sockets, openChannel(sockets.data, 'aside'));
    } catch (error) {
      sockets?.[Symbol.dispose]();
      InlineLinuxEngine.#isTaken = false;
      throw error;
    }
  }

  /** False while another measurement runs like this. */
  static get isFree(): boolean {
    return !InlineLinuxEngine.#isTaken;
  }

  private constructor(
    options: ProbeEngineOptions,
    sockets: ProbeSockets,
    channel: LinuxProbeChannel,
  ) {
    this.#options = options;
    this.#sockets = sockets;
    this.#channel = channel;
    this.localPorts = sockets.localPorts;
  }

  async run(plan: SessionPlan = this.#options.plan): Promise<RunOutcome> {
    const run = this.#prepare(plan);
    this.#running = run;
    try {
      const { outcome, dropsBefore } = await run.complete();
      return { ...outcome, kernelDrops: this.#sockets.takeDrops(dropsBefore) };
    } catch (error) {
      throw asEngineFailure(error as NodeJS.ErrnoException);
    } finally {
      this.#running = undefined;
    }
  }

  #prepare(plan: SessionPlan): LinuxRun {
    const { onRecord } = this.#options;
    return new LinuxRun({
      plan,
      channel: this.#channel,
      wish: this.#sockets.stop.flag,
      // `interim` asks the session itself.
      questions: new Int32Array(1),
      onInterim: () => undefined,
      packer: onRecord && { pack: onRecord, flush: () => undefined, flushAnyway: () => undefined },
    });
  }

  interim(): Promise<InterimResult | null> {
    return Promise.resolve(this.#running?.session.interim(this.#channel.nowNs) ?? null);
  }

  stop(): void {
    this.#sockets.stop.press(STOP.soon);
  }

  end(): void {
    this.#sockets.stop.press(STOP.end);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#sockets[Symbol.dispose]();
    InlineLinuxEngine.#isTaken = false;
    return Promise.resolve();
  }
}
