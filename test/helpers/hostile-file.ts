// Files that a stranger made of a result or a recording: fields taken away, of another kind, huge, deep
// or hostile, and bytes that were changed. However it is, `report` shows it or says why not in one line.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readResultFile } from '../../src/cli/result-file.ts';
import { EchogramError } from '../../src/errors.ts';
import { pageHtml } from '../../src/report/page-html.ts';
import { pageOf, textOf } from '../../src/report/stored-result.ts';
import { madeLoad } from './made-load.ts';
import { madeResult } from './made-result.ts';

const HOSTILE_TEXT =
  '</script><script>ran()</script><img src=x onerror=ran()>$(ran)\x1b[2J\u202e\0';

/** As JSON: what no value of JavaScript would become, too. */
const VALUES = [
  ...['null', 'true', '-0', '-1', '0.5', '1e999', '-1e999', '9007199254740993', '1e308', '1e-320'],
  ...['NaN', '""', '{}', '[]', '[[]]', '{"a":1}', '{"__proto__":{"a":1}}', '"1"'],
  JSON.stringify(HOSTILE_TEXT),
  JSON.stringify('x'.repeat(100_000)),
  `[${'0,'.repeat(200_000)}0]`,
  `[${'{},'.repeat(10_000)}{}]`,
  '['.repeat(100_000) + ']'.repeat(100_000),
  '{"a":'.repeat(50_000) + '1' + '}'.repeat(50_000),
  '['.repeat(100_000),
];

const KEYS = ['__proto__', 'constructor', 'toString', 'a', '</script>', '\0', 'x'.repeat(10_000)];

/** Stands in the text for the value that is put there. */
const MARK = '"<the value>"';

const MARKED = JSON.parse(MARK) as string;

interface Change {
  readonly place: number;
  readonly kind: 'value' | 'delete' | 'key';
  readonly value: string;
  readonly key: string;
}

const CHANGE: fc.Arbitrary<Change> = fc.record({
  place: fc.nat(),
  kind: fc.constantFrom('value', 'delete', 'key'),
  value: fc.constantFrom(...VALUES),
  key: fc.constantFrom(...KEYS),
});

/** Each object and list, and each of its keys. */
function placesOf(value: unknown): [Record<string, unknown>, string][] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [[holder, key], ...placesOf(holder[key])]);
}

function changed(value: unknown, changes: readonly Change[]): string {
  return changes.reduce((text, change) => changedOnce(text, change), JSON.stringify(value));
}

/** What is no JSON after the last change stays as it is. */
function changedOnce(text: string, { place, kind, value, key }: Change): string {
  const tree = parsedOrUndefined(text);
  const places = placesOf(tree);
  if (places.length === 0) return text;
  const [holder, name] = places[place % places.length]!;
  if (kind === 'delete') Reflect.deleteProperty(holder, name);
  const at = kind === 'key' ? key : name;
  if (kind !== 'delete') {
    Object.defineProperty(holder, at, { value: MARKED, enumerable: true, configurable: true });
  }
  return JSON.stringify(tree).replace(MARK, () => value);
}

/** Nothing that nests deep: the walk over it is recursive. */
function parsedOrUndefined(text: string): unknown {
  if (text.includes('[[[') || text.includes('{"a":{"a":')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const RESULT = madeResult();

function recording(): unknown[] {
  const { schema, tool, config, supplied, target, startedAt } = RESULT;
  const start = { schema, tool, config, supplied, target, startedAt };
  const times = { sentNs: 0, sendErrorNs: 0 };
  const icmp = { systemCode: 'EHOSTUNREACH', from: '192.0.2.1', icmpType: 3, icmpCode: 1 };
  return [
    { type: 'session', ...start, sourcePorts: [40_001] },
    { type: 'reply', sequence: 0, stream: 0, atNs: 8e6, rttNs: 8e6, isReordered: false, ...times },
    { type: 'timeout', sequence: 1, stream: 0, atNs: 2e9, ...times },
    { type: 'late', sequence: 1, stream: 0, atNs: 3e9, rttNs: 3e9 },
    { type: 'icmp-error', sequence: null, atNs: 3e9, ...icmp },
    { type: 'skipped', atNs: 3e9, slots: 7 },
    { type: 'host-dropped', atNs: 3e9, datagrams: 1 },
    { type: 'stall', atNs: 3e9, delayNs: 7e6 },
    { type: 'omitted', atNs: 3e9, records: 7 },
  ];
}

const CHANGES = fc.array(CHANGE, { minLength: 1, maxLength: 3 });

const CHANGED_RESULT = CHANGES.map((changes) => Buffer.from(changed(RESULT, changes)));

const LOAD = madeLoad();

const CHANGED_LOAD = CHANGES.map((changes) => Buffer.from(changed(LOAD, changes)));

const CHANGED_RECORDING = fc
  .record({ line: fc.nat(), changes: CHANGES, isWhole: fc.boolean() })
  .map(({ line, changes, isWhole }) => {
    const lines = recording();
    const at = line % lines.length;
    const texts = lines.map((value, index) =>
      index === at ? changed(value, changes) : JSON.stringify(value),
    );
    if (isWhole) texts.push(JSON.stringify({ type: 'result', result: RESULT }));
    return Buffer.from(texts.join('\n') + '\n');
  });

const CHANGED_BYTES = fc
  .record({
    isRecording: fc.boolean(),
    at: fc.nat(),
    bytes: fc.uint8Array({ maxLength: 8 }),
    cut: fc.nat({ max: 8 }),
    isEnd: fc.boolean(),
  })
  .map(({ isRecording, at, bytes, cut, isEnd }) => {
    const text = isRecording
      ? recording()
          .map((line) => JSON.stringify(line))
          .join('\r\n')
      : JSON.stringify(RESULT, undefined, 1);
    const whole = Buffer.from(text);
    const from = at % whole.length;
    return Buffer.concat([
      whole.subarray(0, from),
      bytes,
      isEnd ? Buffer.alloc(0) : whole.subarray(from + cut),
    ]);
  });

const HOSTILE_FILE = fc.oneof(CHANGED_RESULT, CHANGED_LOAD, CHANGED_RECORDING, CHANGED_BYTES);

/** The elements of a page that may run something: its program, and its data beside it. */
const SCRIPTS = /<script/g;

async function* chunksOf(octets: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < octets.length; at += 65_536) {
    yield await Promise.resolve(octets.subarray(at, at + 65_536));
  }
}

async function tellsOrShows(octets: Buffer): Promise<void> {
  try {
    const stored = await readResultFile({ name: 'hostile', bytes: chunksOf(octets) });
    const data = pageOf(stored);
    assert.equal(pageHtml(data).match(SCRIPTS)?.length, 2);
    assert.doesNotMatch(data.command, /ran/);
    for (const line of textOf(stored) ?? []) assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
  } catch (error) {
    if (!EchogramError.is(error)) throw error;
    assert.equal(error.code, 'ECHOGRAM_ERR_RESULT_FILE');
    assert.match(error.message, /^cannot show hostile: [^\p{C}]{1,500}$/u);
  }
}

/** Tries so many files. */
export async function checkHostileFiles(numRuns: number): Promise<void> {
  await fc.assert(fc.asyncProperty(HOSTILE_FILE, tellsOrShows), { numRuns, seed: 862 });
}
