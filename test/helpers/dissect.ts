// What tshark's dissector of TWAMP-Test reads in packets of ours: a judge that knows nothing of us.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LINKTYPE_RAW = 101;

/** Which way a packet goes: to or from UDP port 862, which tells tshark what it is. */
export type Direction = 'request' | 'reply';

/** The fields of each packet that tshark reads in these payloads. */
export function dissectTwampTest(
  direction: Direction,
  payloads: readonly Uint8Array[],
  fields: readonly string[],
): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'echogram-capture-'));
  try {
    const file = join(folder, 'packets.pcap');
    writeFileSync(file, captureOf(direction, payloads));
    const asked = fields.flatMap((field) => ['-e', `twamp.test.${field}`]);
    const args = ['-r', file, '-d', 'udp.port==862,twamp.test', '-T', 'fields', ...asked];
    const { stdout, stderr, status } = spawnSync('tshark', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`tshark: ${stderr}`);
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A capture file (draft-ietf-opsawg-pcap), each payload in UDP and IPv4 headers of its own. */
function captureOf(direction: Direction, payloads: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2_c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65_535, 16);
  head.writeUInt32LE(LINKTYPE_RAW, 20);
  return Buffer.concat([head, ...payloads.map((payload) => recordOf(direction, payload))]);
}

function recordOf(direction: Direction, payload: Uint8Array): Buffer {
  const bytes = 28 + payload.length;
  const record = Buffer.alloc(16 + 28);
  record.writeUInt32LE(bytes, 8);
  record.writeUInt32LE(bytes, 12);
  record.writeUInt8(0x45, 16);
  record.writeUInt16BE(bytes, 18);
  record.set([64, 17], 24);
  record.set([127, 0, 0, 1, 127, 0, 0, 1], 28);
  const [source, destination] = direction === 'reply' ? [862, 50_000] : [50_000, 862];
  record.writeUInt16BE(source, 36);
  record.writeUInt16BE(destination, 38);
  record.writeUInt16BE(bytes - 20, 40);
  return Buffer.concat([record, payload]);
}
