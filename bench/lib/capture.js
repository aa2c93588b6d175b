// SPDX-License-Identifier: MIT
// A packet capture by bench/c/capture.c, and what a pcap file of that form holds.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { BUILD_FOLDER } from './compile.js';
import { end, startPinned } from './processes.js';

/** Nanoseconds, in the byte order of this machine, and LINKTYPE_LINUX_SLL. */
const MAGIC = 0xa1b23c4d;
const LINUX_SLL = 113;

const FILE_HEADER_BYTES = 24;
const PACKET_HEADER_BYTES = 16;
const COOKED_HEADER_BYTES = 16;
const IP_HEADER_BYTES = 20;
const UDP_HEADER_BYTES = 8;

/** Packet types of the cooked header, as the kernel's in if_packet.h. */
const TO_US = 0;
const FROM_US = 4;

/**
 * Captures what passes a UDP port on an interface, from now on.
 *
 * @returns `stop()`, which resolves to its packets when all that came are in the file
 */
export async function startCapture({ network, port, file, cpu }) {
  const program = [`${BUILD_FOLDER}/capture`, network.interface, String(port), file];
  const capture = startPinned(cpu, [...network.onClient, ...program]);
  const lines = createInterface({ input: capture.child.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done) throw new Error(`the capture ended: ${capture.complaints().trim()}`);
  return {
    stop: async () => {
      const ended = once(capture.child, 'exit');
      capture.child.kill('SIGTERM');
      const { value, done } = await lines.next();
      await ended;
      if (done) throw new Error(`the capture failed: ${capture.complaints().trim()}`);
      const { dropped, unstamped } = JSON.parse(value);
      return { packets: readPackets(file), dropped, unstamped };
    },
    abandon: () => end(capture),
  };
}

/**
 * The datagrams of a capture in the order they were seen. `timeNs` counts from the full second of the
 * first one, so that a double holds it exactly; `wallMs` is the same as `Date.now()` tells it.
 */
export function readPackets(file) {
  const bytes = readFileSync(file);
  if (bytes.readUInt32LE(0) !== MAGIC || bytes.readUInt32LE(20) !== LINUX_SLL) {
    throw new Error(`${file} is no capture with nanoseconds and LINKTYPE_LINUX_SLL`);
  }
  const packets = [];
  let baseSeconds;
  for (let at = FILE_HEADER_BYTES; at + PACKET_HEADER_BYTES <= bytes.length;) {
    const seconds = bytes.readUInt32LE(at);
    const keptBytes = bytes.readUInt32LE(at + 8);
    baseSeconds ??= seconds;
    const start = at + PACKET_HEADER_BYTES;
    const datagram = start + COOKED_HEADER_BYTES + IP_HEADER_BYTES;
    const type = bytes.readUInt16BE(start);
    const nanoseconds = bytes.readUInt32LE(at + 4);
    packets.push({
      timeNs: (seconds - baseSeconds) * 1e9 + nanoseconds,
      wallMs: seconds * 1e3 + nanoseconds / 1e6,
      isToUs: type === TO_US,
      isFromUs: type === FROM_US,
      sourcePort: bytes.readUInt16BE(datagram),
      destinationPort: bytes.readUInt16BE(datagram + 2),
      payload: bytes.subarray(datagram + UDP_HEADER_BYTES, start + keptBytes),
    });
    at = start + keptBytes;
  }
  return packets;
}
