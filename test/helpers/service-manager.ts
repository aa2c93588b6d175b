// A command under a service manager: test/peers/service_manager.py, which says what it was notified of.

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { until } from './deadline.ts';
import { peerPath } from './peers.ts';
import { BIN, Program } from './programs.ts';

interface Notification {
  readonly notified: readonly string[];
  readonly atUs: number;
}

export class ServiceManager {
  readonly program: Program;

  /** @param options  of service_manager.py */
  static start(
    t: TestContext,
    options: readonly string[],
    echogram: readonly string[],
  ): ServiceManager {
    const command = [process.execPath, BIN, ...echogram];
    return new ServiceManager(
      new Program(t, 'python3', [peerPath('service_manager.py'), ...options, '--', ...command], {
        // What it has started ends with it.
        detached: true,
      }),
    );
  }

  private constructor(program: Program) {
    this.program = program;
  }

  /** The ports of the sockets that it passes. */
  async ports(): Promise<readonly number[]> {
    const [, ports = ''] = await this.program.untilStdout(/^\{"ports": (.*)\}$/m);
    return JSON.parse(ports) as number[];
  }

  obey(line: string): void {
    this.program.child.stdin?.write(`${line}\n`);
  }

  get notifications(): readonly Notification[] {
    return this.#lines('notified') as Notification[];
  }

  /** Resolves with the latest notification that has this line, once there are `count` of them. */
  async notified(line: string, count = 1): Promise<Notification> {
    const matching = (): readonly Notification[] =>
      this.notifications.filter(({ notified }) => notified.includes(line));
    const isSettled = (): boolean =>
      matching().length >= count || this.program.stdout.includes('{"ended": ');
    await until(isSettled, `${count} notifications ${line}`);
    assert.ok(matching().length >= count, `${this.program.stdout}${this.program.stderr}`);
    return matching()[count - 1] ?? assert.fail();
  }

  /** Resolves with the time of `held` or `released`, in microseconds. */
  async timeOf(what: 'held' | 'released'): Promise<number> {
    await this.program.untilStdout(new RegExp(`^\\{"${what}": \\d+, .*$`, 'm'));
    return (this.#lines(what)[0] as Notification).atUs;
  }

  /** Resolves with the command's exit code, or its signal as a negative number. */
  async ended(): Promise<number> {
    await this.program.ended();
    return (this.#lines('ended').at(-1) as { readonly ended: number }).ended;
  }

  #lines(key: string): readonly unknown[] {
    return this.program.stdout
      .split('\n')
      .filter((line) => line.startsWith(`{"${key}": `) && line.endsWith('}'))
      .map((line) => JSON.parse(line) as unknown);
  }
}
