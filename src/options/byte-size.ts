// SPDX-License-Identifier: MIT
// The kind of option for amounts of memory, disk space or traffic.

import { shownAsItIs, wrongText, type Kind, type ValueText } from './kind.ts';

const UNIT_BYTES: Readonly<Record<string, number>> = {
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

const SIZE = /^(\d{1,9}(?:\.\d{1,9})?) ?(KiB|MiB|GiB)$/;

interface ByteSizeKind extends Kind<number> {
  readonly text: ValueText<number>;
}

/** A number of bytes; as text it has a unit: `512MiB`. */
export function byteSize(minBytes: number, maxBytes: number): ByteSizeKind {
  const isInRange = (bytes: number): boolean => bytes >= minBytes && bytes <= maxBytes;
  return {
    rule: `a whole number of bytes from ${minBytes} to ${maxBytes}`,
    accepts: (value): value is number => Number.isInteger(value) && isInRange(value as number),
    text: {
      read(name, text) {
        const [, amount, unit = ''] = SIZE.exec(text) ?? [];
        const bytes = Math.floor(Number(amount) * (UNIT_BYTES[unit] ?? Number.NaN));
        if (isInRange(bytes)) return bytes;
        const rule = `a size from ${write(minBytes)} to ${write(maxBytes)}, in KiB, MiB or GiB`;
        throw wrongText(name, rule, text, 'write 512MiB or 2GiB');
      },
      write,
    },
    shown: shownAsItIs({ type: 'integer', minimum: minBytes, maximum: maxBytes }),
  };
}

function write(bytes: number): string {
  const units = Object.entries(UNIT_BYTES).toReversed();
  const [unit, size] = units.find(([, size]) => bytes % size === 0) ?? ['KiB', UNIT_BYTES['KiB']!];
  return `${bytes / size}${unit}`;
}
