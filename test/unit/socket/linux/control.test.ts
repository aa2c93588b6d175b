import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  IP_PKTINFO,
  IP_RECVFRAGSIZE,
  IP_TOS,
  IP_TTL,
  IPV6_HOPLIMIT,
  IPV6_PKTINFO,
  IPV6_RECVFRAGSIZE,
  IPV6_TCLASS,
  SO_TIMESTAMPNS,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
  SOL_UDP,
  UDP_GRO,
  UDP_SEGMENT,
} from '../../../../src/socket/linux/constants.ts';
import { CONTROL_STRIDE } from '../../../../src/socket/linux/batch-arena.ts';
import type { LinuxBatch } from '../../../../src/socket/linux/linux-batch.ts';
import {
  decodeControl,
  encodeControl,
  linuxBatch,
  receiveControl,
  type ControlMessage,
} from '../../../helpers/linux-batch.ts';
import { holds } from '../../../helpers/property.ts';
import { needsLinuxEngine } from '../../../helpers/skips.ts';

const skip = needsLinuxEngine();

/** An int as the kernel writes it. */
function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

const TOS = { level: SOL_IP, type: IP_TOS, data: Buffer.from([0xb9]) };
const TTL = { level: SOL_IP, type: IP_TTL, data: int(57) };
const GRO = { level: SOL_UDP, type: UDP_GRO, data: int(1400) };
/** timespec: 1,764,000,000 s (0x69248100) and 123,456,789 ns (0x075bcd15). */
const ARRIVAL = {
  level: SOL_SOCKET,
  type: SO_TIMESTAMPNS,
  data: hex('00812469 00000000 15cd5b07 00000000'),
};
/** in_pktinfo (ip(7)): interface 2, the address to answer from, the address in the header. */
function pktinfo(specDst: string, destination: string): ControlMessage {
  return { level: SOL_IP, type: IP_PKTINFO, data: hex(`02000000 ${specDst} ${destination}`) };
}
/** in6_pktinfo (ipv6(7)): the address in the header, then the interface. */
function pktinfo6(address: string, scopeId: number): ControlMessage {
  const data = Buffer.concat([hex(address), int(scopeId)]);
  return { level: SOL_IPV6, type: IPV6_PKTINFO, data };
}
const HOP_LIMIT = { level: SOL_IPV6, type: IPV6_HOPLIMIT, data: int(57) };
/** Of a datagram that arrived in fragments (ip(7), IP_RECVFRAGSIZE). */
const FRAGMENT = { level: SOL_IP, type: IP_RECVFRAGSIZE, data: int(1300) };
const FRAGMENT6 = { level: SOL_IPV6, type: IPV6_RECVFRAGSIZE, data: int(1300) };
const TRAFFIC_CLASS = { level: SOL_IPV6, type: IPV6_TCLASS, data: int(0xb9) };

/** What a batch makes of the control messages of one slot. */
function read(batch: LinuxBatch, slot: number, control: Uint8Array, controlBytes?: number): object {
  receiveControl(batch, slot, control, controlBytes);
  batch.control.read(batch.capacity);
  return {
    segmentBytes: batch.segmentBytes[slot],
    toGroup: batch.toGroup[slot],
    tos: batch.tos[slot],
    hopLimit: batch.hopLimits[slot],
    seconds: batch.arrivalSeconds[slot],
    nanoseconds: batch.arrivalNanoseconds[slot],
    fragment: batch.fragmentBytes[slot],
  };
}

const NOTHING = {
  segmentBytes: 0,
  toGroup: 0,
  tos: 0,
  hopLimit: 0,
  seconds: 0,
  nanoseconds: 0,
  fragment: 0,
};
const EVERYTHING = {
  ...NOTHING,
  segmentBytes: 1400,
  tos: 0xb9,
  hopLimit: 57,
  seconds: 1_764_000_000,
  nanoseconds: 123_456_789,
  fragment: 1300,
};

/** The messages of the reply to a slot, as a receiver of them would read them. */
function reply(
  batch: LinuxBatch,
  slot: number,
  mirrorTos = false,
  segmentBytes = 0,
): ControlMessage[] {
  const at = batch.arena.groupControlAt(slot);
  const bytes = batch.control.write(at, slot, mirrorTos, segmentBytes);
  assert.ok(bytes <= CONTROL_STRIDE);
  return decodeControl(batch.arena.bytes.subarray(at, at + bytes));
}

test('reads all that the kernel says of an IPv4 datagram', { skip }, async () => {
  const batch = await linuxBatch({ slots: 3 });
  const control = encodeControl([
    ARRIVAL,
    GRO,
    pktinfo('c0000207', 'c0000207'),
    TTL,
    TOS,
    FRAGMENT,
  ]);
  assert.deepEqual(read(batch, 1, control), EVERYTHING);
});

test('reads all that the kernel says of an IPv6 datagram', { skip }, async () => {
  const batch = await linuxBatch({ slots: 3, isIPv6: true });
  const address = '20010db8 00000000 00000000 00000007';
  const control = encodeControl([
    ARRIVAL,
    GRO,
    pktinfo6(address, 2),
    HOP_LIMIT,
    TRAFFIC_CLASS,
    FRAGMENT6,
  ]);
  assert.ok(control.length <= CONTROL_STRIDE);
  assert.deepEqual(read(batch, 1, control), EVERYTHING);
});

test(
  'what the kernel does not say of a datagram is unknown, not that of the last one',
  { skip },
  async () => {
    const batch = await linuxBatch({ slots: 2 });
    read(batch, 0, encodeControl([ARRIVAL, GRO, pktinfo('c0000207', 'c00002ff'), TTL, TOS]));
    assert.deepEqual(read(batch, 0, Buffer.alloc(0)), NOTHING);
    assert.deepEqual(reply(batch, 0), []);
  },
);

test('messages of other kinds are passed over', { skip }, async () => {
  const batch = await linuxBatch({ slots: 1 });
  const strangers = [
    { level: SOL_SOCKET, type: 1, data: Buffer.alloc(12, 0xff) }, // SCM_RIGHTS
    { level: SOL_IPV6, type: IP_TOS, data: Buffer.alloc(1, 0xff) },
    { level: SOL_IP, type: 0, data: Buffer.alloc(0) },
  ];
  assert.deepEqual(read(batch, 0, encodeControl(strangers)), NOTHING);
  assert.deepEqual(read(batch, 0, encodeControl([...strangers, TTL])), {
    ...NOTHING,
    hopLimit: 57,
  });
});

test(
  'a reply leaves from the IPv4 address that was asked, by any interface',
  { skip },
  async () => {
    const batch = await linuxBatch({ slots: 3 });
    read(batch, 2, encodeControl([pktinfo('c0000207', 'c0000207')]));
    assert.deepEqual(reply(batch, 2), [
      { level: SOL_IP, type: IP_PKTINFO, data: hex('00000000 c0000207 00000000') },
    ]);
  },
);

test(
  'a reply leaves from the IPv6 address that was asked, by any interface',
  { skip },
  async () => {
    const batch = await linuxBatch({ slots: 3, isIPv6: true });
    const address = '20010db8 01020304 05060708 090a0b0c';
    read(batch, 2, encodeControl([pktinfo6(address, 7)]));
    assert.deepEqual(reply(batch, 2), [pktinfo6(address, 0)]);
  },
);

// RFC 4291 section 2.5.6: fe80::/10.
for (const address of [
  'fe800000 00000000 00000000 00000001',
  'febfffff 00000000 00000000 00000001',
]) {
  test(
    `a reply from ${address.slice(0, 4)}… leaves by the interface that was asked`,
    { skip },
    async () => {
      const batch = await linuxBatch({ slots: 1, isIPv6: true });
      read(batch, 0, encodeControl([pktinfo6(address, 7)]));
      assert.deepEqual(reply(batch, 0), [pktinfo6(address, 7)]);
    },
  );
}

test(
  'a reply has the TOS of its request where that is wished, and the segment size',
  { skip },
  async () => {
    const batch = await linuxBatch({ slots: 1 });
    const asked = pktinfo('7f000009', '7f000009');
    read(batch, 0, encodeControl([TOS, asked]));
    const from = { ...asked, data: hex('00000000 7f000009 00000000') };
    // An int to send (ip(7)), although it comes as one byte; the segment size is 16 bits (udp(7)).
    const tos = { ...TOS, data: int(0xb9) };
    const segment = { level: SOL_UDP, type: UDP_SEGMENT, data: hex('7805') };
    assert.deepEqual(reply(batch, 0), [from]);
    assert.deepEqual(reply(batch, 0, true), [from, tos]);
    assert.deepEqual(reply(batch, 0, false, 1400), [from, segment]);
    assert.deepEqual(reply(batch, 0, true, 1400), [from, tos, segment]);
  },
);

test('an IPv6 reply has the traffic class of its request', { skip }, async () => {
  const batch = await linuxBatch({ slots: 1, isIPv6: true });
  read(batch, 0, encodeControl([TRAFFIC_CLASS]));
  assert.deepEqual(reply(batch, 0, true), [TRAFFIC_CLASS]);
});

test('a reply says nothing of TOS or address where its request did not', { skip }, async () => {
  const batch = await linuxBatch({ slots: 1 });
  read(batch, 0, encodeControl([TTL]));
  assert.deepEqual(reply(batch, 0, true), [{ ...TOS, data: int(0) }]);
});

const GROUPS: readonly [what: string, message: ControlMessage, toGroup: number][] = [
  ['its own address', pktinfo('c0000207', 'c0000207'), 0],
  ["its network's broadcast", pktinfo('c0000207', 'c00002ff'), 1],
  ['255.255.255.255', pktinfo('c0000207', 'ffffffff'), 1],
  ['224.0.0.1', pktinfo('c0000207', 'e0000001'), 1],
  ['an IPv6 address', pktinfo6('20010db8 00000000 00000000 00000007', 2), 0],
  ['ff02::1', pktinfo6('ff020000 00000000 00000000 00000001', 2), 1],
];

for (const [what, message, toGroup] of GROUPS) {
  test(
    `a datagram to ${what} ${toGroup === 1 ? 'came to a group' : 'came to us alone'}`,
    { skip },
    async () => {
      const batch = await linuxBatch({ slots: 1, isIPv6: message.level === SOL_IPV6 });
      assert.deepEqual(read(batch, 0, encodeControl([message])), { ...NOTHING, toGroup });
    },
  );
}

test(
  'a copy of a datagram is answered from the address that was asked, with its TOS',
  { skip },
  async () => {
    const batch = await linuxBatch({ slots: 3 });
    const asked = pktinfo('7f000009', '7f000009');
    read(batch, 1, encodeControl([TOS, asked]));
    assert.deepEqual(reply(batch.copyOf(1), 0, true), reply(batch, 1, true));
  },
);

test('two datagrams came to the same address, or not', { skip }, async () => {
  const batch = await linuxBatch({ slots: 4 });
  for (const [slot, address] of ['7f000009', '7f000009', '7f00000a', '7f000109'].entries()) {
    receiveControl(batch, slot, encodeControl([pktinfo(address, address)]));
  }
  batch.control.read(4);
  assert.deepEqual(
    [0, 1, 2, 3].map((slot) => batch.control.isSameLocal(0, slot)),
    [true, true, false, false],
  );
});

const KNOWN = [
  TOS,
  TTL,
  GRO,
  ARRIVAL,
  HOP_LIMIT,
  TRAFFIC_CLASS,
  FRAGMENT,
  pktinfo('c0000207', 'c00002ff'),
];

/** The room that a slot has for control messages; the kernel never writes more. */
const ROOM_BYTES = 256;

test('a message that was cut is not read, and not what lies behind it', { skip }, async () => {
  const batch = await linuxBatch({ slots: 1 });
  const v6 = pktinfo6('ff020000 00000000 00000000 00000001', 2);
  for (const message of [...KNOWN, v6]) {
    const whole = encodeControl([message]);
    const needed = 16 + message.data.length;
    for (let kept = 0; kept < needed; kept++) {
      // As put_cmsg does it (net/core/scm.c): the length in the header is that of what is there.
      const cut = Buffer.from(whole);
      cut.writeUInt32LE(Math.min(kept, needed), 0);
      assert.deepEqual(read(batch, 0, cut, kept), NOTHING, `type ${message.type}, ${kept} bytes`);
      // And where the header still promises all of it.
      assert.deepEqual(read(batch, 0, whole, kept), NOTHING, `type ${message.type}, ${kept} bytes`);
    }
    assert.notDeepEqual(read(batch, 0, whole, needed), NOTHING);
  }
});

const lengths = fc.oneof(fc.nat(300), fc.constantFrom(0, 1, 15, 16, 17, 2 ** 31, 2 ** 32 - 1));
const keys = fc.constantFrom(...KNOWN.map(({ level, type }) => [level, type] as const));

/** Control bytes with headers that lie about what follows. */
const malformed = fc
  .array(fc.tuple(lengths, keys, fc.uint8Array({ maxLength: 40 })), { maxLength: 6 })
  .map((messages) =>
    Buffer.concat(
      messages.map(([length, [level, type], data]) => {
        const bytes = encodeControl([{ level, type, data }]);
        bytes.writeUInt32LE(length, 0);
        return bytes;
      }),
    ).subarray(0, ROOM_BYTES),
  );

test(
  'control bytes of any kind never throw, and nothing beyond them is read',
  { skip },
  async () => {
    const batch = await linuxBatch({ slots: 3 });
    const hostile = fc.oneof(fc.uint8Array({ maxLength: ROOM_BYTES }), malformed);
    holds(
      fc.property(hostile, fc.nat(ROOM_BYTES), (control, controlBytes) => {
        const given = Math.min(controlBytes, control.length);
        const readings = [0, 0xff].map((surroundings) => {
          batch.arena.bytes.fill(
            surroundings,
            batch.arena.controlAt(0),
            batch.arena.groupHeadersAt,
          );
          for (const slot of [0, 2]) receiveControl(batch, slot, Buffer.alloc(0));
          const reading = read(batch, 1, control.subarray(0, given));
          return { reading, reply: reply(batch, 1, true, 9) };
        });
        assert.deepEqual(readings[0], readings[1]);
      }),
      3000,
    );
  },
);
