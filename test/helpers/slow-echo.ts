// The slow echo of test/peers/slow_echo.py, on a host of its own: what a loop over a long way is with.

import type { TestContext } from 'node:test';
import type { Host } from './json-server.ts';
import { peerPath } from './peers.ts';
import type { Program } from './programs.ts';

/** What it has counted so far. */
export interface SlowEchoCounts {
  readonly datagrams: number;
  /** How long ago the last one came. */
  readonly idleMs: number;
  /** How many times one payload came, less one for each second of its time; the most of all payloads. */
  readonly mostOver: number;
}

export class SlowEcho {
  readonly #program: Program;
  #asked = 0;

  /** Starts it, and resolves once it listens. */
  static async start(
    t: TestContext,
    host: Host,
    address: string,
    port: number,
    delayMs: number,
  ): Promise<SlowEcho> {
    const args = [peerPath('slow_echo.py'), address, String(port), String(delayMs)];
    const program = host.start(t, 'python3', ...args);
    await program.untilStdout(/echoing/);
    return new SlowEcho(program);
  }

  private constructor(program: Program) {
    this.#program = program;
  }

  async counts(): Promise<SlowEchoCounts> {
    this.#asked++;
    this.#program.child.stdin?.write('\n');
    const pattern = new RegExp(`(?:\\{.*\\}\\n[^{]*){${this.#asked - 1}}(\\{.*\\})\\n`);
    const [, json = ''] = await this.#program.untilStdout(pattern);
    return JSON.parse(json) as SlowEchoCounts;
  }
}
