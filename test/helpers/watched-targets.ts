// The targets of a watch with a name server and a hosts file of the test's own.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { WatchConfig } from '../../src/watch/config/watch-config.ts';
import type { FleetMember } from '../../src/watch/target.ts';
import { openTargets } from '../../src/watch/targets/open-targets.ts';
import type { WatchEvent } from '../../src/watch/watch-event.ts';
import type { TargetsPart } from '../../src/watch/watch-parts.ts';
import { until } from './deadline.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Nothing listens there. */
const NO_SERVER = '127.0.0.1:1';

interface World {
  /** Text of the hosts file. */
  readonly hosts?: string;
  /** A name server, as `ADDRESS:PORT`. */
  readonly server?: string;
  readonly nodeName?: string;
}

export class WatchedTargets {
  readonly part: TargetsPart;
  readonly told: readonly FleetMember[][];
  readonly events: readonly WatchEvent[];

  static async open(
    t: TestContext,
    config: WatchConfig,
    world: World = {},
  ): Promise<WatchedTargets> {
    const hostsFile = join(temporaryFolder(t), 'hosts');
    writeFileSync(hostsFile, world.hosts ?? '');
    const told: FleetMember[][] = [];
    const events: WatchEvent[] = [];
    const part = await openTargets({
      config,
      nodeName: world.nodeName ?? 'me',
      names: { hostsFile, resolvConf: '/nowhere', servers: [world.server ?? NO_SERVER] },
      onMembers: (members) => void told.push([...members]),
      onEvent: (event) => void events.push(event),
    });
    t.after(() => part[Symbol.asyncDispose]());
    return new WatchedTargets(part, told, events);
  }

  private constructor(part: TargetsPart, told: FleetMember[][], events: WatchEvent[]) {
    this.part = part;
    this.told = told;
    this.events = events;
  }

  /** Address and port of each key, `null` for one without. */
  get latest(): Readonly<Record<string, string | null>> {
    const members = this.told.at(-1)!;
    return Object.fromEntries(
      members.map(({ target, address }) => [
        target.key,
        address === undefined ? null : `${address.address} ${address.port}`,
      ]),
    );
  }

  /** Key and kind of each. */
  get happened(): readonly string[] {
    return this.events.map(({ key, kind }) => `${kind} ${key ?? ''}`.trim());
  }

  /** Resolves when exactly these are watched. */
  async untilKeys(...keys: readonly string[]): Promise<void> {
    const wanted = keys.join();
    await until(() => Object.keys(this.latest).join() === wanted, `the targets ${wanted}`);
  }

  async untilHappened(what: string): Promise<void> {
    await until(() => this.happened.includes(what), `the event ${what}`);
  }
}
