// Network namespaces: hosts of their own on this machine, with real interfaces between them.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { until } from './deadline.ts';
import { BIN, Program } from './programs.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Counters of the kernel's own UDP, from /proc/net/snmp (RFC 4113). */
export interface UdpStatistics {
  readonly inDatagrams: number;
  readonly outDatagrams: number;
}

/** A host: a network namespace, gone when the test ends. */
export class NetworkNamespace {
  readonly name: string;

  /** Makes a host whose loopback interface is up. */
  static create(t: TestContext): NetworkNamespace {
    const namespace = new NetworkNamespace();
    runOrFail('ip', 'netns', 'add', namespace.name);
    t.after(() => {
      runOrFail('ip', 'netns', 'delete', namespace.name);
    });
    namespace.run('ip', 'link', 'set', 'lo', 'up');
    return namespace;
  }

  /** Makes two hosts on one wire: 10.77.0.1 and 10.77.0.2. */
  static createPair(t: TestContext): [NetworkNamespace, NetworkNamespace] {
    const first = NetworkNamespace.create(t);
    const second = NetworkNamespace.create(t);
    first.run(
      ...['ip', 'link', 'add', 'wire', 'type', 'veth'],
      ...['peer', 'name', 'wire', 'netns', second.name],
    );
    first.run('ip', 'address', 'add', '10.77.0.1/24', 'dev', 'wire');
    second.run('ip', 'address', 'add', '10.77.0.2/24', 'dev', 'wire');
    for (const host of [first, second]) {
      // No link-local address of the kernel's: it would stay tentative for a second (RFC 4862).
      host.run('ip', 'link', 'set', 'wire', 'addrgenmode', 'none');
      host.run('ip', 'link', 'set', 'wire', 'up');
    }
    return [first, second];
  }

  private constructor() {
    // Random: a killed run leaves its hosts behind, and a later process may get its number.
    this.name = `echogram-${randomUUID()}`;
  }

  /** Runs a short command on this host and returns what it printed. */
  run(...command: readonly string[]): string {
    return runOrFail('ip', 'netns', 'exec', this.name, ...command);
  }

  /**
   * Resolves when an interface has a carrier; addresses of one that has none are not among those
   * that Node lists. The kernel finds out a moment after both ends are up.
   */
  async untilRunning(name: string): Promise<void> {
    const state = `/sys/class/net/${name}/operstate`;
    await until(() => this.run('cat', state).trim() === 'up', `${name} to be running`);
  }

  /** Starts a program on this host; signals reach it, as `ip netns exec` becomes it. */
  start(t: TestContext, command: string, ...args: readonly string[]): Program {
    return new Program(t, 'ip', ['netns', 'exec', this.name, command, ...args]);
  }

  /** Starts `echogram` on this host. */
  startEchogram(t: TestContext, ...args: readonly string[]): Program {
    return this.start(t, process.execPath, BIN, ...args);
  }

  /** Starts `echogram` on this host where /etc/hosts has these lines, or is empty. */
  startWithHosts(t: TestContext, hosts: readonly string[], ...args: readonly string[]): Program {
    const hostsFile = join(temporaryFolder(t), 'hosts');
    writeFileSync(hostsFile, hosts.map((line) => `${line}\n`).join(''));
    return this.start(
      t,
      ...(['unshare', '-m', 'sh', '-c'] as const),
      ...['mount --bind "$0" /etc/hosts && exec "$@"', hostsFile, process.execPath, BIN, ...args],
    );
  }

  /** What the kernel of this host has counted. */
  udpStatistics(): UdpStatistics {
    const [names = '', values = ''] = this.run('cat', '/proc/net/snmp')
      .split('\n')
      .filter((line) => line.startsWith('Udp:'));
    const columns = names.split(' ');
    const value = (name: string): number => Number(values.split(' ')[columns.indexOf(name)]);
    return { inDatagrams: value('InDatagrams'), outDatagrams: value('OutDatagrams') };
  }
}

function runOrFail(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  assert.equal(status, 0, `${[command, ...args].join(' ')}: ${stderr}`);
  return stdout;
}
