// A batch of the Linux engine filled by hand, as the kernel would fill it.

import type { BatchArenaOptions } from '../../src/socket/linux/batch-arena.ts';
import { LinuxBatch } from '../../src/socket/linux/linux-batch.ts';
import { CMSGHDR, cmsgLen, cmsgSpace, MMSGHDR } from '../../src/socket/linux/layout.ts';
import { loadLibc } from '../../src/socket/linux/libc.ts';

export async function linuxBatch(options: Partial<BatchArenaOptions> = {}): Promise<LinuxBatch> {
  const libc = await loadLibc();
  return new LinuxBatch(libc, { slotBytes: 64, isIPv6: false, hasControl: true, ...options });
}

/** One control message, with its header (cmsg(3)). */
export interface ControlMessage {
  readonly level: number;
  readonly type: number;
  readonly data: Uint8Array;
}

/** Control messages one after another, each padded as CMSG_SPACE says. */
export function encodeControl(messages: readonly ControlMessage[]): Buffer {
  return Buffer.concat(
    messages.map(({ level, type, data }) => {
      const bytes = Buffer.alloc(cmsgSpace(data.length));
      bytes.writeBigUInt64LE(BigInt(cmsgLen(data.length)), CMSGHDR.len);
      bytes.writeInt32LE(level, CMSGHDR.level);
      bytes.writeInt32LE(type, CMSGHDR.type);
      bytes.set(data, CMSGHDR.size);
      return bytes;
    }),
  );
}

/** Reads control messages back, one by one. */
export function decodeControl(control: Uint8Array): ControlMessage[] {
  const bytes = Buffer.from(control);
  const messages: ControlMessage[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at + CMSGHDR.len));
    messages.push({
      level: bytes.readInt32LE(at + CMSGHDR.level),
      type: bytes.readInt32LE(at + CMSGHDR.type),
      data: bytes.subarray(at + CMSGHDR.size, at + length),
    });
    at += cmsgSpace(length - CMSGHDR.size);
  }
  return messages;
}

/** Puts control bytes where recvmmsg leaves those of a slot. */
export function receiveControl(
  { arena }: LinuxBatch,
  slot: number,
  control: Uint8Array,
  controlBytes = control.length,
): void {
  arena.bytes.set(control, arena.controlAt(slot));
  const header = arena.headersAt + slot * MMSGHDR.size;
  arena.u32[(header + MMSGHDR.controllen) >>> 2] = controlBytes;
}
