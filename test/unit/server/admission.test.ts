import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  LOOP_PRONE_PORTS,
  REFUSAL_MEANING,
  refusalOf,
  REFUSALS,
  VERDICT,
  type Refusal,
} from '../../../src/server/admission.ts';
import { withheldBy } from '../../../src/server/impairment.ts';
import { ANSWER, DEALT_WITH } from '../../../src/socket/datagram-batch.ts';
import { admissionWith } from '../../helpers/made-admission.ts';
import { MadeBatch, type MadeDatagram } from '../../helpers/made-batch.ts';
import { holds } from '../../helpers/property.ts';

const OWN_PORT = 10_000;
/** 192.0.2.255: the broadcast address of 192.0.2.0/24, where the server is said to be. */
const BROADCAST_WORD = 0xc00002ff;

interface Verdicts {
  /** Of each datagram: its refusal, or undefined if it is answered. */
  readonly refusals: readonly (Refusal | undefined)[];
  readonly counts: Readonly<Record<Refusal, number>>;
}

function judge(
  datagrams: readonly MadeDatagram[],
  { answerAnyPort = false, ownPorts = [OWN_PORT], allow = [] as readonly string[] } = {},
): Verdicts {
  const cells = new Float64Array(REFUSALS.length);
  const broadcastWords = [BROADCAST_WORD];
  const admission = admissionWith({ ownPorts, answerAnyPort, allow, broadcastWords, cells });
  const batch = new MadeBatch(datagrams);
  admission.judge(batch);
  return {
    refusals: datagrams.map((_, index) => refusalOf(batch.verdicts[index]!)),
    counts: Object.fromEntries(REFUSALS.map((refusal, at) => [refusal, cells[at]!])) as Record<
      Refusal,
      number
    >,
  };
}

function refusalFor(address: string, port: number, options = {}): Refusal | undefined {
  return judge([{ address, port }], options).refusals[0];
}

/** A host for documentation (RFC 5737) and a port of the dynamic range (RFC 6335). */
const CLIENT = { address: '192.0.2.7', port: 50_139 };

// Ports by their numbers in the IANA registry, each with what it does to a stray datagram.
const LOOPING_SERVICES: readonly [port: number, service: string][] = [
  [7, 'echo'],
  [9, 'discard'],
  [11, 'systat'],
  [13, 'daytime'],
  [17, 'qotd'],
  [19, 'chargen'],
  [37, 'time'],
  [53, 'DNS'],
  [69, 'TFTP'],
  [123, 'NTP'],
  [161, 'SNMP'],
  [389, 'CLDAP'],
  [862, 'STAMP'],
  [1900, 'SSDP'],
  [3702, 'WS-Discovery'],
  [5353, 'mDNS'],
  [5683, 'CoAP'],
  [11_211, 'memcached'],
];

for (const [port, service] of LOOPING_SERVICES) {
  test(`${service} (port ${port}) is not answered, and answerAnyPort lifts that`, () => {
    const expected = port < 1024 ? 'privileged-port' : 'loop-prone-port';
    assert.equal(refusalFor(CLIENT.address, port), expected);
    assert.equal(refusalFor('2001:db8::7', port), expected);
    assert.equal(refusalFor(CLIENT.address, port, { answerAnyPort: true }), undefined);
  });
}

// RFC 6335 section 6: 0 to 1023 are the system ports.
const PORT_EDGES: readonly [port: number, refusal: Refusal | undefined][] = [
  [0, 'port-zero'],
  [1, 'privileged-port'],
  [1023, 'privileged-port'],
  [1024, undefined],
  [1899, undefined],
  [1901, undefined],
  [OWN_PORT - 1, undefined],
  [OWN_PORT, 'own-port'],
  [OWN_PORT + 1, undefined],
  [65_535, undefined],
];

for (const [port, refusal] of PORT_EDGES) {
  test(`source port ${port} is ${refusal === undefined ? 'answered' : `refused as ${refusal}`}`, () => {
    assert.equal(refusalFor(CLIENT.address, port), refusal);
  });
}

test('answerAnyPort lifts neither port zero nor the own port', () => {
  assert.equal(refusalFor(CLIENT.address, 0, { answerAnyPort: true }), 'port-zero');
  assert.equal(refusalFor(CLIENT.address, OWN_PORT, { answerAnyPort: true }), 'own-port');
});

test('the own port wins over what else its number means', () => {
  assert.equal(refusalFor(CLIENT.address, 7, { ownPorts: [7] }), 'own-port');
  assert.equal(refusalFor(CLIENT.address, 1900, { ownPorts: [1900] }), 'own-port');
});

test('every port that the server is bound to is its own', () => {
  const options = { ownPorts: [862, 10_000] };
  assert.equal(refusalFor(CLIENT.address, 862, options), 'own-port');
  assert.equal(refusalFor(CLIENT.address, 10_000, options), 'own-port');
});

// The edges of each block: RFC 1122 section 3.2.1.3 (0/8), RFC 5771 (224/4), RFC 1112 (240/4),
// RFC 919 (255.255.255.255), RFC 4291 sections 2.5.2, 2.5.5.2 and 2.7.
const ADDRESSES: readonly [address: string, refusal: Refusal | undefined][] = [
  ['0.0.0.0', 'reserved-source'],
  ['0.255.255.255', 'reserved-source'],
  ['1.0.0.0', undefined],
  ['10.1.2.3', undefined],
  ['127.0.0.1', undefined],
  ['169.254.0.1', undefined],
  ['192.0.2.254', undefined],
  ['192.0.2.255', 'broadcast-source'],
  ['192.0.3.255', undefined],
  ['223.255.255.255', undefined],
  ['224.0.0.0', 'multicast-source'],
  ['239.255.255.255', 'multicast-source'],
  ['240.0.0.0', 'reserved-source'],
  ['255.255.255.254', 'reserved-source'],
  ['255.255.255.255', 'broadcast-source'],
  ['::', 'reserved-source'],
  ['::1', undefined],
  ['2001:db8::7', undefined],
  ['fe80::1%eth0', undefined],
  ['feff:ffff::', undefined],
  ['ff00::', 'multicast-source'],
  ['ff02::1', 'multicast-source'],
  ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'multicast-source'],
  ['::ffff:192.0.2.7', undefined],
  ['::ffff:0.1.2.3', 'reserved-source'],
  ['::ffff:224.0.0.1', 'multicast-source'],
  ['::ffff:250.0.0.1', 'reserved-source'],
  ['::ffff:255.255.255.255', 'broadcast-source'],
  ['::ffff:192.0.2.255', 'broadcast-source'],
];

for (const [address, refusal] of ADDRESSES) {
  const outcome = refusal === undefined ? 'answered' : `refused as ${refusal}`;
  test(`${address} is ${outcome}, whatever answerAnyPort says`, () => {
    assert.equal(refusalFor(address, CLIENT.port), refusal);
    assert.equal(refusalFor(address, CLIENT.port, { answerAnyPort: true }), refusal);
  });
}

test('a port that is refused is the reason also where the address is', () => {
  assert.equal(refusalFor('255.255.255.255', 0), 'port-zero');
  assert.equal(refusalFor('224.0.0.1', 7), 'privileged-port');
});

test('each datagram of a batch has its verdict, and each refusal is counted once', () => {
  const { refusals, counts } = judge([
    CLIENT,
    { ...CLIENT, port: 7 },
    { ...CLIENT, port: 7 },
    { ...CLIENT, port: 0 },
    { address: '2001:db8::7', port: 50_139 },
    { ...CLIENT, port: OWN_PORT },
    { ...CLIENT, port: 11_211 },
    { ...CLIENT, address: 'ff02::1' },
    { ...CLIENT, address: '192.0.2.255' },
    { ...CLIENT, address: '::' },
  ]);
  assert.deepEqual(refusals, [
    undefined,
    'privileged-port',
    'privileged-port',
    'port-zero',
    undefined,
    'own-port',
    'loop-prone-port',
    'multicast-source',
    'broadcast-source',
    'reserved-source',
  ]);
  assert.deepEqual(counts, {
    'port-zero': 1,
    'own-port': 1,
    'privileged-port': 2,
    'loop-prone-port': 1,
    'multicast-source': 1,
    'broadcast-source': 1,
    'reserved-source': 1,
    'group-destination': 0,
    'denied-source': 0,
    'source-limit': 0,
    'global-limit': 0,
    'echo-loop': 0,
    'stamp-short': 0,
    'stamp-corrupted': 0,
    'stamp-reply': 0,
    'stamp-hmac': 0,
    'stamp-sessions': 0,
  });
});

test('what lies in the batch beyond its count is neither judged nor counted', () => {
  const batch = new MadeBatch([CLIENT, { ...CLIENT, port: 0 }]);
  batch.count = 1;
  const cells = new Float64Array(REFUSALS.length);
  admissionWith({ cells }).judge(batch);
  assert.equal(refusalOf(batch.verdicts[1]!), undefined);
  assert.ok(cells.every((count) => count === 0));
});

test('every refusal has a meaning in words', () => {
  assert.deepEqual(Object.keys(REFUSAL_MEANING), [...REFUSALS]);
});

const ordinaryPorts = fc
  .integer({ min: 1024, max: 65_535 })
  .filter((port) => port !== OWN_PORT && !LOOP_PRONE_PORTS.some((listed) => listed === port));

// Node's own BlockList judges the addresses: another implementation of the same blocks.
const NOT_UNICAST = new BlockList();
NOT_UNICAST.addSubnet('0.0.0.0', 8, 'ipv4');
NOT_UNICAST.addSubnet('224.0.0.0', 3, 'ipv4');
NOT_UNICAST.addAddress('192.0.2.255', 'ipv4');
NOT_UNICAST.addAddress('::', 'ipv6');
NOT_UNICAST.addSubnet('ff00::', 8, 'ipv6');

const addresses = fc.oneof(
  fc.ipV4().map((address) => ({ address, family: 'ipv4' as const })),
  fc.ipV6().map((address) => ({ address, family: 'ipv6' as const })),
);

test('an ordinary port of an ordinary address is answered, any other address is not', () => {
  holds(
    fc.property(addresses, ordinaryPorts, ({ address, family }, port) => {
      const isOrdinary = !NOT_UNICAST.check(address, family);
      assert.equal(refusalFor(address, port) === undefined, isOrdinary);
    }),
    3000,
  );
});

test('a reserved source is answered only where a network in 240.0.0.0/4 is allowed', () => {
  for (const [network, source, refusal] of [
    ['240.0.0.0/4', '250.1.2.3', undefined],
    ['250.1.0.0/16', '250.1.2.3', undefined],
    ['250.1.2.3', '250.1.2.3', undefined],
    ['250.2.0.0/16', '250.1.2.3', 'reserved-source'],
    ['0.0.0.0/0', '250.1.2.3', 'reserved-source'],
    ['240.0.0.0/4', '192.0.2.7', 'denied-source'],
    ['240.0.0.0/4', '224.0.0.1', 'multicast-source'],
    ['240.0.0.0/4', '255.255.255.255', 'broadcast-source'],
  ] as const) {
    const options = { allow: [network] };
    assert.equal(refusalFor(source, CLIENT.port, options), refusal, `${network}: ${source}`);
  }
});

test('no two verdicts have the same number, and each fits a byte', () => {
  const verdicts = [ANSWER, ...Object.values(VERDICT), DEALT_WITH];
  assert.deepEqual([...new Set(Uint8Array.from(verdicts))], verdicts);
  const withheld = Array.from({ length: 256 }, (_, verdict) => withheldBy(verdict));
  assert.deepEqual(withheld.filter(Boolean), ['lost', 'delayed', 'overflowed', 'blackout']);
  for (const verdict of verdicts) assert.equal(withheld[verdict], null);
});
