// A fleet on a host of its own, which is told what to do and asked what it counted.

import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FleetReport, Order } from './fleet-program.ts';
import type { MemberOptions } from './made-fleet.ts';
import type { NetworkNamespace } from './namespaces.ts';
import type { Program } from './programs.ts';
import { until } from './deadline.ts';

const PROGRAM = fileURLToPath(new URL('fleet-program.js', import.meta.url));

export class FleetOnHost {
  readonly #program: Program;

  static async start(
    t: TestContext,
    host: NetworkNamespace,
    engine: 'linux' | 'portable',
  ): Promise<FleetOnHost> {
    const fleet = new FleetOnHost(host.start(t, process.execPath, PROGRAM, engine));
    await fleet.#nextReport();
    return fleet;
  }

  private constructor(program: Program) {
    this.#program = program;
  }

  set(members: Readonly<Record<string, MemberOptions>>): void {
    this.#order({ set: members });
  }

  async tell(): Promise<FleetReport> {
    this.#order({ do: 'tell' });
    return await this.#nextReport();
  }

  /** Resolves with what is known when it holds. */
  async untilTold(holds: (report: FleetReport) => boolean, what: string): Promise<FleetReport> {
    let report = await this.tell();
    await until(async () => {
      report = await this.tell();
      return holds(report);
    }, what);
    return report;
  }

  async stop(): Promise<FleetReport> {
    this.#order({ do: 'stop' });
    return await this.#nextReport();
  }

  #order(order: Order): void {
    this.#program.child.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  async #nextReport(): Promise<FleetReport> {
    const [line] = await this.#program.untilStdout(/^.*\n/);
    // One question, one answer.
    this.#program.stdout = '';
    return JSON.parse(line) as FleetReport;
  }
}
