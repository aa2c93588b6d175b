// `echogram serve --json` as a program: what it said when it started, and what it counted.

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ServerCounters } from '../../src/index.ts';
import { BIN, Program } from './programs.ts';

/** The first line of `echogram serve --json`. */
export interface Listening {
  readonly port: number;
  readonly addresses: readonly { readonly address: string; readonly port: number }[];
  readonly engine: string;
  readonly services: readonly { readonly name: string; readonly port: number }[];
  readonly workers: number;
  readonly receiveBuffer: { readonly askedBytes: number; readonly grantedBytes: number };
  readonly sendBuffer: { readonly askedBytes: number; readonly grantedBytes: number };
}

/** A line about a datagram, or several. */
interface Told {
  readonly event: string;
  readonly reason?: string;
  readonly datagrams?: number;
}

/** Where programs start: a network namespace, or here. */
export interface Host {
  start(t: TestContext, command: string, ...args: readonly string[]): Program;
}

/** This machine itself. */
export const HERE: Host = {
  start: (t, command, ...args) => new Program(t, command, args),
};

export class JsonServer {
  readonly program: Program;
  readonly listening: Listening;

  /** Starts `echogram serve --json` on a free port, unless the arguments name one. */
  static async start(t: TestContext, host: Host, ...args: readonly string[]): Promise<JsonServer> {
    return await JsonServer.startAs(t, host, [process.execPath, BIN], ...args);
  }

  /** Starts it by another command than `node bin.js`. */
  static async startAs(
    t: TestContext,
    host: Host,
    command: readonly string[],
    ...args: readonly string[]
  ): Promise<JsonServer> {
    const [name = '', ...rest] = command;
    const program = host.start(t, name, ...rest, 'serve', '--json', '--port', '0', ...args);
    const [line] = await program.untilStdout(/^.*"event":"listening".*\n/);
    return new JsonServer(program, JSON.parse(line) as Listening);
  }

  private constructor(program: Program, listening: Listening) {
    this.program = program;
    this.listening = listening;
  }

  get port(): number {
    return this.listening.port;
  }

  get pid(): number {
    return this.program.child.pid ?? assert.fail('the server has no process');
  }

  signal(name: NodeJS.Signals): void {
    assert.ok(this.program.child.kill(name), `the server is gone before ${name}`);
  }

  /** Ends the server with SIGTERM and returns what it counted; it must exit with 0. */
  async stop(): Promise<ServerCounters> {
    this.signal('SIGTERM');
    return await this.finalCounters();
  }

  /**
   * What it has said of datagrams so far, in datagrams: by event, with the reason if there is one, as in
   * `not-sent EPERM`.
   */
  get told(): Readonly<Record<string, number>> {
    const told: Record<string, number> = {};
    for (const line of this.program.stdout.split('\n').filter((line) => line.endsWith('}'))) {
      const { event, reason, datagrams = 1 } = JSON.parse(line) as Told;
      const name = reason === undefined ? event : `${event} ${reason}`;
      told[name] = (told[name] ?? 0) + datagrams;
    }
    return told;
  }

  /** What the server counted, once it has ended. */
  async finalCounters(): Promise<ServerCounters> {
    const { stdout, stderr, exitCode } = await this.program.ended();
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as ServerCounters;
  }
}

/** The counts that are not zero. */
export function nonZero(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

/** The sum of all counts. */
export function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
