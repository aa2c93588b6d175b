// Two hosts with two routers between them, and a link of its own for each direction:
//
//    host ── left ══ there ══> right ── server
//                <══ back ════
//
// Each link takes packets of 1500 octets until it is made narrower.

import type { TestContext } from 'node:test';
import { NetworkNamespace } from './namespaces.ts';

/** Each link: its name at either end, and the number in its addresses. */
const LINKS = { near: 1, there: 2, back: 3, far: 4 } as const;

/** A link between the routers. */
export type Way = 'there' | 'back';

const ADDRESSES = {
  4: { server: '10.9.4.2', left: '10.9.1.254' },
  6: { server: 'fd09:4::2', left: 'fd09:1::254' },
} as const;

export type Family = keyof typeof ADDRESSES;

export class MtuNetwork {
  readonly host: NetworkNamespace;
  readonly left: NetworkNamespace;
  readonly right: NetworkNamespace;
  readonly server: NetworkNamespace;

  static async create(t: TestContext): Promise<MtuNetwork> {
    const network = new MtuNetwork(t);
    for (const [at, name] of [
      [network.host, 'near'],
      [network.right, 'there'],
      [network.left, 'back'],
      [network.server, 'far'],
    ] as const) {
      await at.untilRunning(name);
    }
    return network;
  }

  private constructor(t: TestContext) {
    this.host = NetworkNamespace.create(t);
    this.left = NetworkNamespace.create(t);
    this.right = NetworkNamespace.create(t);
    this.server = NetworkNamespace.create(t);
    for (const router of [this.left, this.right]) {
      router.run(
        ...['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'],
        ...['net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.default.rp_filter=0'],
      );
    }
    this.#link('near', this.host, 1, this.left, 254);
    this.#link('there', this.left, 1, this.right, 2);
    this.#link('back', this.left, 1, this.right, 2);
    this.#link('far', this.right, 254, this.server, 2);
    route(this.host, 'default', 'default', 1, 254);
    route(this.server, 'default', 'default', 4, 254);
    route(this.left, '10.9.4.0/24', 'fd09:4::/64', 2, 2);
    route(this.right, '10.9.1.0/24', 'fd09:1::/64', 3, 1);
  }

  addressOf(who: 'server' | 'left', family: Family): string {
    return ADDRESSES[family][who];
  }

  /** The router before the link sends ICMP errors for what is longer. */
  narrow(way: Way, mtu: number): void {
    for (const router of [this.left, this.right]) setMtu(router, way, mtu);
  }

  /**
   * The link drops what is longer, and nobody says so: only its far end has the limit. That end takes four octets more,
   * the room of a VLAN tag (__dev_forward_skb of Linux's net/core/dev.c).
   */
  narrowSilently(way: Way, limit: number): void {
    setMtu(way === 'there' ? this.right : this.left, way, limit - 4);
  }

  /** Changes what a router itself sends. */
  filterOwn(router: NetworkNamespace, ...rules: readonly string[]): void {
    chain(router, 'output', rules);
  }

  dropFragments(): void {
    chain(this.left, 'forward', ['ip frag-off & 0x3fff != 0 drop', 'exthdr frag exists drop']);
  }

  /** Loses so much of each direction. */
  lose(percent: number): void {
    const rule = `meta l4proto udp numgen random mod 100 < ${percent} drop`;
    chain(this.left, 'forward', [rule]);
  }

  #link(
    name: keyof typeof LINKS,
    one: NetworkNamespace,
    oneNumber: number,
    other: NetworkNamespace,
    otherNumber: number,
  ): void {
    const network = LINKS[name];
    const [oneMac, otherMac] = [oneNumber, otherNumber].map((number) => macOf(network, number));
    one.run(
      ...['ip', 'link', 'add', name, 'address', oneMac!, 'type', 'veth'],
      ...['peer', 'name', name, 'address', otherMac!, 'netns', other.name],
    );
    for (const [at, number, neighbour] of [
      [one, oneNumber, otherNumber],
      [other, otherNumber, oneNumber],
    ] as const) {
      at.run('ip', 'address', 'add', `10.9.${network}.${number}/24`, 'dev', name);
      // Duplicate address detection would hold back replies for a second; routers ask by link-local addresses.
      for (const address of [`fd09:${network}::${number}`, `fe80::${number}`]) {
        at.run('ip', 'address', 'add', `${address}/64`, 'dev', name, 'nodad');
      }
      at.run('ip', 'link', 'set', name, 'addrgenmode', 'none');
      at.run('ip', 'link', 'set', name, 'up');
      // Neighbour discovery takes seconds where an interface has just come up.
      for (const address of [`10.9.${network}.${neighbour}`, `fd09:${network}::${neighbour}`]) {
        const mac = macOf(network, neighbour);
        at.run('ip', 'neigh', 'replace', address, 'lladdr', mac, 'dev', name, 'nud', 'permanent');
      }
    }
  }
}

/** Locally administered; a number of an address has at most three digits. */
function macOf(network: number, number: number): string {
  return `02:00:00:00:0${network}:${number.toString(16).padStart(2, '0')}`;
}

function chain(at: NetworkNamespace, hook: string, rules: readonly string[]): void {
  const type = `type filter hook ${hook} priority 0`;
  at.run('nft', ['table inet mtu {', 'chain c {', type, ...rules, '}', '}'].join('\n'));
}

function setMtu(at: NetworkNamespace, name: string, mtu: number): void {
  at.run('ip', 'link', 'set', name, 'mtu', String(mtu));
}

/** A route of each IP version by a neighbour on one of the links. */
function route(
  at: NetworkNamespace,
  to4: string,
  to6: string,
  network: number,
  neighbour: number,
): void {
  at.run('ip', 'route', 'add', to4, 'via', `10.9.${network}.${neighbour}`);
  at.run('ip', '-6', 'route', 'add', to6, 'via', `fd09:${network}::${neighbour}`);
}
