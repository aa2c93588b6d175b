// Every ICMP error that a probe or a message may bring, from the target, from a router and from this host: what is
// said of it and of its sender, on both engines and by send.

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import test, { type TestContext } from 'node:test';
import { type PingOptions, type SendOptions } from '../../src/index.ts';
import type { Outcome, Request } from '../helpers/ask-many.ts';
import { ENGINES } from '../helpers/engines.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { peerPath } from '../helpers/peers.ts';
import { firstSkip, needsIPv6, needsNamespaces, needsProgram } from '../helpers/skips.ts';

const ASK_MANY = fileURLToPath(new URL('../helpers/ask-many.js', import.meta.url));

/**
 * Type, code, words, what Linux makes of it, and whether it tells a socket that does not ask for more (IP_RECVERR).
 * RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1; `icmp_err_convert` of Linux's net/ipv4/icmp.c, and
 * `__udp4_lib_err` of its net/ipv4/udp.c. Its `icmp_unreach` tells nobody of 11/1. Node's name for EOPNOTSUPP is ENOTSUP.
 */
type Kind = readonly [
  type: number,
  code: number,
  words: string,
  systemCode: string,
  isTold: boolean,
];

const ICMP: readonly Kind[] = [
  [3, 0, 'network unreachable', 'ENETUNREACH', false],
  [3, 1, 'host unreachable', 'EHOSTUNREACH', false],
  [3, 2, 'protocol unreachable', 'ENOPROTOOPT', true],
  [3, 3, 'port unreachable', 'ECONNREFUSED', true],
  [3, 4, 'too big for the path', 'EMSGSIZE', true],
  [3, 5, 'source route failed', 'ENOTSUP', false],
  [3, 6, 'network unknown', 'ENETUNREACH', true],
  [3, 7, 'host unknown', 'EHOSTDOWN', true],
  [3, 8, 'source host isolated', 'ENONET', true],
  [3, 9, 'network administratively prohibited', 'ENETUNREACH', true],
  [3, 10, 'host administratively prohibited', 'EHOSTUNREACH', true],
  [3, 11, 'network unreachable for this type of service', 'ENETUNREACH', false],
  [3, 12, 'host unreachable for this type of service', 'EHOSTUNREACH', false],
  [3, 13, 'administratively prohibited', 'EHOSTUNREACH', true],
  [3, 14, 'host precedence violation', 'EHOSTUNREACH', true],
  [3, 15, 'precedence cutoff in effect', 'EHOSTUNREACH', true],
  [11, 0, 'time exceeded', 'EHOSTUNREACH', false],
  [12, 0, 'parameter problem', 'EPROTO', true],
];

/** RFC 4443, RFC 6550; `icmpv6_err_convert` of Linux's net/ipv6/icmp.c, and `__udp6_lib_err` of its net/ipv6/udp.c. */
const ICMPV6: readonly Kind[] = [
  [1, 0, 'no route to destination', 'ENETUNREACH', false],
  [1, 1, 'administratively prohibited', 'EACCES', true],
  [1, 2, 'beyond scope of source address', 'EHOSTUNREACH', false],
  [1, 3, 'address unreachable', 'EHOSTUNREACH', false],
  [1, 4, 'port unreachable', 'ECONNREFUSED', true],
  [1, 5, 'administratively prohibited: source address policy', 'EACCES', true],
  [1, 6, 'administratively prohibited: reject route', 'EACCES', true],
  [1, 7, 'error in source routing header', 'EPROTO', true],
  [2, 0, 'too big for the path', 'EMSGSIZE', true],
  [3, 0, 'time exceeded', 'EHOSTUNREACH', false],
  [3, 1, 'fragment reassembly time exceeded', 'EHOSTUNREACH', false],
  [4, 0, 'parameter problem', 'EPROTO', true],
];

/** What nft's `reject with` makes: its type of each code. */
const NFT: readonly (readonly [how: string, code: number])[] = [
  ['net-unreachable', 0],
  ['host-unreachable', 1],
  ['prot-unreachable', 2],
  ['port-unreachable', 3],
  ['net-prohibited', 9],
  ['host-prohibited', 10],
  ['admin-prohibited', 13],
];

const NFT_V6: typeof NFT = [
  ['no-route', 0],
  ['admin-prohibited', 1],
  ['addr-unreachable', 3],
  ['port-unreachable', 4],
  ['policy-fail', 5],
  ['reject-route', 6],
];

interface Family {
  readonly name: string;
  readonly target: string;
  /** Forges, as a router would. */
  readonly router: string;
  /** Nobody has it: this host itself says so. */
  readonly nobody: string;
  readonly own: string;
  readonly kinds: readonly Kind[];
  readonly nft: typeof NFT;
  readonly nobodyIs: readonly [type: number, code: number];
}

const FAMILIES: readonly Family[] = [
  {
    name: 'ICMP',
    target: '10.77.0.2',
    router: '10.77.0.9',
    nobody: '10.77.0.7',
    own: '10.77.0.1',
    kinds: ICMP,
    nft: NFT,
    nobodyIs: [3, 1],
  },
  {
    name: 'ICMPv6',
    target: 'fd77::2',
    router: 'fd77::9',
    nobody: 'fd77::7',
    own: 'fd77::1',
    kinds: ICMPV6,
    nft: NFT_V6,
    nobodyIs: [1, 3],
  },
];

/** The first of the ports that answer alike, one for each kind. */
const PORTS = { fromRouter: 20_000, fromTarget: 21_000, beforeEcho: 22_000, rejected: 23_000 };

/** After the error, and long before the time that is waited for. */
const ECHO_AFTER_MS = 30;

async function network(t: TestContext, family: Family): Promise<NetworkNamespace> {
  const [client, far] = NetworkNamespace.createPair(t);
  client.run('ip', 'address', 'add', 'fd77::1/64', 'dev', 'wire', 'nodad');
  for (const address of ['fd77::2/64', 'fd77::9/64']) {
    far.run('ip', 'address', 'add', address, 'dev', 'wire', 'nodad');
  }
  const { target, router, kinds } = family;
  const specs = kinds.flatMap(([type, code], index) => [
    [PORTS.fromRouter + index, router, type, code, 'never'],
    [PORTS.fromTarget + index, target, type, code, 'never'],
    [PORTS.beforeEcho + index, router, type, code, ECHO_AFTER_MS],
  ]);
  const args = [target, ...specs.map((spec) => spec.join(','))];
  await far.start(t, 'python3', peerPath('icmp_errors.py'), ...args).untilStdout(/ready\n/);
  rejectBy(far, family);
  // Some 0.2 s until nobody is found.
  for (const version of ['ipv4', 'ipv6']) {
    const neighbours = `/proc/sys/net/${version}/neigh/wire`;
    client.run('sh', '-c', `echo 50 >${neighbours}/retrans_time_ms`);
  }
  return client;
}

/** The firewall of the target rejects what comes to a port of each kind. */
function rejectBy(far: NetworkNamespace, { nft, target }: Family): void {
  // One for each datagram: by default six in a row, then one a second (ip-sysctl.rst).
  far.run('sh', '-c', 'echo 0 >/proc/sys/net/ipv4/icmp_ratelimit');
  far.run('sh', '-c', 'echo 0 >/proc/sys/net/ipv6/icmp/ratelimit');
  far.run('nft', 'add', 'table', 'inet', 'wall');
  const chain = '{ type filter hook input priority 0; }';
  far.run('nft', 'add', 'chain', 'inet', 'wall', 'gate', chain);
  const icmp = target.includes(':') ? 'icmpv6' : 'icmp';
  for (const [index, [how]] of nft.entries()) {
    const rule = `udp dport ${PORTS.rejected + index} reject with ${icmp} type ${how}`;
    far.run('nft', 'add', 'rule', 'inet', 'wall', 'gate', ...rule.split(' '));
  }
}

async function askMany(
  t: TestContext,
  client: NetworkNamespace,
  requests: readonly Request[],
): Promise<readonly Outcome[]> {
  const program = client.start(t, process.execPath, ASK_MANY, JSON.stringify(requests));
  const { stdout, stderr } = await program.ended();
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout) as readonly Outcome[];
}

type Engine = 'linux' | 'portable';

/** Where no reply is to come: an error counts only until then, and what sends it may stall. */
const UNANSWERED_MS = 2000;

/** Two probes. */
function measuring(engine: Engine, host: string, port: number, timeoutMs = UNANSWERED_MS): Request {
  const options: PingOptions = { engine, host, port, timeoutMs, count: 2, intervalMs: 5 };
  return { ping: options };
}

function sending(host: string, port: number, timeoutMs = UNANSWERED_MS): Request {
  const options: SendOptions = { host, port, timeoutMs };
  return { send: options };
}

/** Longer than this machine stalls: a reply is to come. */
const PATIENT_MS = 20_000;

/** What is to be said where `from` sent the error of both probes, and no echo came. */
function saysWho(
  outcome: Outcome,
  from: string,
  { target }: Pick<Family, 'target'>,
  [type, code, words, systemCode]: Kind,
): void {
  assert.ok('result' in outcome, JSON.stringify(outcome));
  const { icmpErrors, verdict } = outcome.result;
  const count = icmpErrors[0]?.count;
  assert.deepEqual(icmpErrors, [{ systemCode, from, icmpType: type, icmpCode: code, count }]);
  const [headline = ''] = verdict.sentences;
  if (words === 'port unreachable' && from === target) {
    assert.equal(verdict.code, 'NOTHING_LISTENS');
    assert.ok(headline.startsWith(`UDP does not work: ${target} is up, but nothing`), headline);
    return;
  }
  const who = from === target ? from : `${from} (not the target)`;
  assert.equal(verdict.code, 'ICMP_ERROR');
  assert.ok(
    headline.startsWith(`UDP does not work: ${who} answers: ${count} ICMP "${words}"`),
    headline,
  );
}

/** node:dgram tells neither who sent it nor its type and code: nothing is said of these. */
function saysErrnoAlone(outcome: Outcome, family: Family, [, , , systemCode, isTold]: Kind): void {
  assert.ok('result' in outcome, JSON.stringify(outcome));
  const { icmpErrors, verdict } = outcome.result;
  const [headline = ''] = verdict.sentences;
  for (const address of [family.router, family.target]) assert.ok(!headline.includes(address));
  if (!isTold) {
    assert.deepEqual([icmpErrors, verdict.code], [[], 'NO_REPLY']);
    return;
  }
  const count = icmpErrors[0]?.count;
  const unknown = { from: null, icmpType: null, icmpCode: null };
  assert.deepEqual(icmpErrors, [{ systemCode, ...unknown, count }]);
  assert.equal(verdict.code, 'ICMP_ERROR');
  assert.match(
    headline,
    /^UDP does not work: .*\(the system does not say which\) answers: \d ICMP/,
  );
}

function isWorking(outcome: Outcome): void {
  assert.ok('result' in outcome, JSON.stringify(outcome));
  const { datagrams, verdict } = outcome.result;
  assert.deepEqual([datagrams.received, datagrams.lost, verdict.code], [2, 0, 'WORKS']);
}

const needs = firstSkip(
  needsNamespaces(),
  needsProgram('python3'),
  needsProgram('nft'),
  needsIPv6(),
);

const engineSkip = ENGINES.find(({ engine }) => engine === 'linux')!.skip;

for (const family of FAMILIES) {
  const { name, kinds, target, router, nft, nobody, own, nobodyIs } = family;
  const kindOf = ([type, code]: readonly [number, number]): Kind =>
    kinds.find(([otherType, otherCode]) => otherType === type && otherCode === code)!;

  test(`${name} errors on the linux engine`, { skip: firstSkip(engineSkip, needs) }, async (t) => {
    const client = await network(t, family);
    const each = (port: number, timeoutMs?: number): Request[] =>
      kinds.map((_, index) => measuring('linux', target, port + index, timeoutMs));
    const requests = [
      ...each(PORTS.fromRouter),
      ...each(PORTS.fromTarget),
      ...each(PORTS.beforeEcho, PATIENT_MS),
      ...nft.map((_, index) => measuring('linux', target, PORTS.rejected + index)),
      measuring('linux', nobody, 9),
    ];
    const outcomes = [...(await askMany(t, client, requests))];
    const take = (): Outcome => outcomes.shift()!;
    for (const kind of kinds) {
      await t.test(`${kind[0]}/${kind[1]} from a router`, () => {
        saysWho(take(), router, family, kind);
      });
    }
    for (const kind of kinds) {
      await t.test(`${kind[0]}/${kind[1]} from the target`, () => {
        saysWho(take(), target, family, kind);
      });
    }
    for (const kind of kinds) {
      await t.test(`a reply after ${kind[0]}/${kind[1]}`, () => {
        const outcome = take();
        isWorking(outcome);
        assert.ok('result' in outcome && outcome.result.datagrams.icmpErrors === 2);
      });
    }
    for (const [how, code] of nft) {
      await t.test(`the firewall of the target rejects with ${how}`, () => {
        saysWho(take(), target, family, kindOf([kinds[0]![0], code]));
      });
    }
    await t.test('this host itself, as nobody has the address', () => {
      saysWho(take(), own, { target: nobody }, kindOf(nobodyIs));
    });
  });

  test(`${name} errors on the portable engine, and of send`, { skip: needs }, async (t) => {
    const client = await network(t, family);
    const each = (make: (port: number) => Request, port: number): Request[] =>
      kinds.map((_, index) => make(port + index));
    const requests = [
      ...each((port) => measuring('portable', target, port), PORTS.fromRouter),
      ...each((port) => measuring('portable', target, port, PATIENT_MS), PORTS.beforeEcho),
      ...each((port) => sending(target, port), PORTS.fromTarget),
      ...each((port) => sending(target, port, PATIENT_MS), PORTS.beforeEcho),
    ];
    const outcomes = [...(await askMany(t, client, requests))];
    const take = (): Outcome => outcomes.shift()!;
    for (const kind of kinds) {
      await t.test(`${kind[0]}/${kind[1]} from a router`, () => {
        saysErrnoAlone(take(), family, kind);
      });
    }
    for (const kind of kinds) {
      await t.test(`a reply after ${kind[0]}/${kind[1]}`, () => {
        isWorking(take());
      });
    }
    for (const kind of kinds) {
      await t.test(`send after ${kind[0]}/${kind[1]}`, () => {
        isFailedSend(take(), kind);
      });
    }
    for (const [type, code] of kinds) {
      await t.test(`send: a reply after ${type}/${code}`, () => {
        assert.deepEqual(take(), { replies: true });
      });
    }
  });
}

function isFailedSend(outcome: Outcome, [, , , systemCode, isTold]: Kind): void {
  assert.ok('code' in outcome, JSON.stringify(outcome));
  const { code, message } = outcome;
  if (!isTold) {
    assert.equal(code, 'ECHOGRAM_ERR_NO_REPLY', message);
    return;
  }
  const codes: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'ECHOGRAM_ERR_PORT_CLOSED',
    EMSGSIZE: 'ECHOGRAM_ERR_PATH_LIMIT',
  };
  assert.equal(code, codes[systemCode] ?? 'ECHOGRAM_ERR_ICMP', message);
  if (systemCode !== 'EMSGSIZE')
    assert.match(message, /the system does not say (?:who sent it|whether the target)/);
}
