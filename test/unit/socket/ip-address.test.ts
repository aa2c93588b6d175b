import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  formatAddressWords,
  isLinkLocal,
  isSameAddress,
  parseAddress,
  writeAddressWords,
} from '../../../src/socket/ip-address.ts';
import { holds } from '../../helpers/property.ts';

type Words = readonly [number, number, number, number];

// Words by hand from the text; the texts of section 4.2 and 5 are the RFCs' own.
const WRITTEN: readonly { text: string; words: Words; canonical: string; origin: string }[] = [
  {
    text: 'ABCD:EF01:2345:6789:ABCD:EF01:2345:6789',
    words: [0xabcdef01, 0x23456789, 0xabcdef01, 0x23456789],
    canonical: 'abcd:ef01:2345:6789:abcd:ef01:2345:6789',
    origin: 'RFC 4291 section 2.2',
  },
  {
    text: '2001:DB8:0:0:8:800:200C:417A',
    words: [0x20010db8, 0, 0x00080800, 0x200c417a],
    canonical: '2001:db8::8:800:200c:417a',
    origin: 'RFC 4291 section 2.2',
  },
  {
    text: 'FF01:0:0:0:0:0:0:101',
    words: [0xff010000, 0, 0, 0x101],
    canonical: 'ff01::101',
    origin: 'RFC 4291 section 2.2',
  },
  { text: '::1', words: [0, 0, 0, 1], canonical: '::1', origin: 'RFC 4291 section 2.2' },
  { text: '::', words: [0, 0, 0, 0], canonical: '::', origin: 'RFC 4291 section 2.2' },
  {
    text: '::FFFF:129.144.52.38',
    words: [0, 0, 0xffff, 0x81903426],
    canonical: '129.144.52.38',
    origin: 'RFC 4291 section 2.2, shown as the IPv4 address it maps',
  },
  {
    text: '::13.1.68.3',
    words: [0, 0, 0, 0x0d014403],
    canonical: '::d01:4403',
    origin: 'RFC 4291 section 2.2',
  },
  {
    text: '2001:0db8::0001',
    words: [0x20010db8, 0, 0, 1],
    canonical: '2001:db8::1',
    origin: 'RFC 5952 section 4.1, no leading zeros',
  },
  {
    text: '2001:db8:0:0:0:0:2:1',
    words: [0x20010db8, 0, 0, 0x00020001],
    canonical: '2001:db8::2:1',
    origin: 'RFC 5952 section 4.2.1, as short as it goes',
  },
  {
    text: '2001:db8::1:1:1:1:1',
    words: [0x20010db8, 0x00000001, 0x00010001, 0x00010001],
    canonical: '2001:db8:0:1:1:1:1:1',
    origin: 'RFC 5952 section 4.2.2, one group is not shortened',
  },
  {
    text: '2001:0:0:1:0:0:0:1',
    words: [0x20010000, 0x00000001, 0, 0x00000001],
    canonical: '2001:0:0:1::1',
    origin: 'RFC 5952 section 4.2.3, the longest run',
  },
  {
    text: '2001:db8:0:0:1:0:0:1',
    words: [0x20010db8, 0, 0x00010000, 0x00000001],
    canonical: '2001:db8::1:0:0:1',
    origin: 'RFC 5952 section 4.2.3, the first of equal runs',
  },
  {
    text: '2001:DB8::',
    words: [0x20010db8, 0, 0, 0],
    canonical: '2001:db8::',
    origin: 'RFC 5952 section 4.3, lower case; a run at the end',
  },
  {
    text: '192.0.2.1',
    words: [0, 0, 0xffff, 0xc0000201],
    canonical: '192.0.2.1',
    origin: 'RFC 5737, by hand',
  },
  {
    text: '255.255.255.255',
    words: [0, 0, 0xffff, 0xffffffff],
    canonical: '255.255.255.255',
    origin: 'RFC 919, by hand',
  },
  { text: '0.0.0.0', words: [0, 0, 0xffff, 0], canonical: '0.0.0.0', origin: 'RFC 1122, by hand' },
];

for (const { text, words, canonical, origin } of WRITTEN) {
  test(`${text} is read into words and printed as ${canonical} (${origin})`, () => {
    assert.deepEqual([...parseAddress(text)!], words);
    assert.equal(formatAddressWords(Uint32Array.from(words)), canonical);
  });
}

test('a zone is passed over: the words are those of the address', () => {
  const linkLocal = [0xfe800000, 0, 0, 1];
  for (const text of ['fe80::1', 'fe80::1%eth0', 'fe80::1%3', 'fe80::1%wg_0.7']) {
    assert.deepEqual([...parseAddress(text)!], linkLocal, text);
  }
});

const NO_ADDRESSES = [
  '',
  'localhost',
  '1.2.3',
  '1.2.3.256',
  '01.2.3.4',
  '1.2.3.4.5',
  '127.0.0.1%lo',
  ':',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '12345::',
  'g::',
  '::1.2.3',
  '[::1]',
  '::1 ',
  '%eth0',
];

for (const text of NO_ADDRESSES) {
  test(`${JSON.stringify(text)} is no address`, () => {
    assert.equal(parseAddress(text), undefined);
  });
}

test('writes and prints at the place given, and nowhere else', () => {
  const words = new Uint32Array(12).fill(7);
  writeAddressWords('192.0.2.1', words, 4);
  writeAddressWords('::1', words, 8);
  assert.deepEqual([...words], [7, 7, 7, 7, 0, 0, 0xffff, 0xc0000201, 0, 0, 0, 1]);
  assert.equal(formatAddressWords(words, 4), '192.0.2.1');
  assert.equal(formatAddressWords(words, 8), '::1');
});

// Runs of zeros are what the printed form is about, so zero groups come often.
const groups = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
const groupLists = fc.array(groups, { minLength: 8, maxLength: 8 });
const addressWords = groupLists.map((list) =>
  Uint32Array.from([0, 2, 4, 6], (at) => list[at]! * 0x1_0000 + list[at + 1]!),
);

test('what is printed is read back as the same words', () => {
  holds(
    fc.property(addressWords, (words) => {
      assert.deepEqual(parseAddress(formatAddressWords(words)), words);
    }),
  );
});

test('any IPv4 address is printed as its four octets', () => {
  const octets = fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 255 })));
  holds(
    fc.property(octets, (list) => {
      const text = list.join('.');
      const words = parseAddress(text)!;
      const value = list.reduce((sum, octet) => sum * 256 + octet, 0);
      assert.deepEqual([...words], [0, 0, 0xffff, value]);
      assert.equal(formatAddressWords(words), text);
    }),
  );
});

test("any form of an IPv6 address is printed as the URL parser's canonical one", () => {
  // The WHATWG URL parser compresses as RFC 5952 does, but prints mapped addresses in hexadecimal.
  holds(
    fc.property(fc.ipV6(), (text) => {
      const canonical = new URL(`http://[${text}]/`).hostname.slice(1, -1);
      const words = parseAddress(text)!;
      const isMapped = words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
      if (isMapped) assert.match(canonical, /^::ffff:[\da-f]+:[\da-f]+$/);
      else assert.equal(formatAddressWords(words), canonical);
    }),
    3000,
  );
});

test('any words with runs of zeros are printed as the URL parser prints them', () => {
  holds(
    fc.property(groupLists, (list) => {
      const text = list.map((group) => group.toString(16)).join(':');
      const words = parseAddress(text)!;
      const isMapped = list.slice(0, 5).every((group) => group === 0) && list[5] === 0xffff;
      fc.pre(!isMapped);
      assert.equal(formatAddressWords(words), new URL(`http://[${text}]/`).hostname.slice(1, -1));
    }),
    3000,
  );
});

for (const [address, wanted] of [
  ['fe80::1', true],
  ['fe80::1%eth0', true],
  ['FEBF::1', true],
  ['fec0::1', false],
  ['fe7f::1', false],
  ['::1', false],
  ['169.254.0.1', true],
  ['169.255.0.1', false],
  ['254.169.0.1', false],
  ['host.example', false],
] as const) {
  test(`${address} is ${wanted ? '' : 'not '}link-local`, () => {
    assert.equal(isLinkLocal(address), wanted);
  });
}

test('an address is the same however it is written', () => {
  assert.ok(isSameAddress('2001:DB8:0:0::1', '2001:db8::1'));
  assert.ok(isSameAddress('::ffff:192.0.2.7', '192.0.2.7'));
  assert.ok(!isSameAddress('192.0.2.7', '192.0.2.8'));
  assert.ok(!isSameAddress('host.example', 'host.example'));
});
