// The flood of test/peers/flood.py, from a process of its own.

import type { TestContext } from 'node:test';
import type { Host } from './json-server.ts';
import { peerPath } from './peers.ts';
import type { Program } from './programs.ts';

export interface FloodOptions {
  readonly address: string;
  readonly port: number;
  readonly flows: number;
  /** Calls to send, or a time such as `2.0`. */
  readonly amount: string;
  /** Datagrams that each call sends. */
  readonly segments?: number;
  /** Of each datagram. */
  readonly payloadBytes?: number;
}

/** What a flood counted. */
export interface FloodCounts {
  readonly sent: number;
  /** Echoes that arrived, `wrong` among them. */
  readonly echoes: number;
  /** Echoes that differ from what was sent. */
  readonly wrong: number;
  /** Echoes that found no room in the flood's own receive buffers. */
  readonly dropped: number;
}

export class Flood {
  readonly program: Program;

  constructor(t: TestContext, host: Host, options: FloodOptions) {
    const { address, port, flows, amount, segments = 1, payloadBytes = 64 } = options;
    const args = [address, port, flows, amount, segments, payloadBytes].map(String);
    this.program = host.start(t, 'python3', peerPath('flood.py'), ...args);
  }

  /** Resolves when a datagram of its has met a closed port. */
  async refused(): Promise<void> {
    await this.program.untilStdout(/refused\n/);
  }

  /** Has it send no more, before its time is over. */
  stop(): void {
    this.program.child.kill('SIGTERM');
  }

  /** Resolves with how many datagrams were sent, once all are. */
  async sent(): Promise<number> {
    const [, sent] = await this.program.untilStdout(/sent (\d+)\n/);
    return Number(sent);
  }

  /** Takes what has arrived and returns all counts. */
  async counts(): Promise<FloodCounts> {
    this.program.child.stdin?.end('\n');
    const [, counts = ''] = await this.program.untilStdout(/(\{.*\})\n/);
    return JSON.parse(counts) as FloodCounts;
  }
}
