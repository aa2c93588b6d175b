// SPDX-License-Identifier: MIT
// Copies what a caller has passed: it may change the lists, objects and keys after the call, while they are still in use.

/** A copy of all plain data in the value, at any depth; signals and functions stay the caller's. */
export function ownCopy<Value>(value: Value): Value {
  return copyOf(value) as Value;
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (typeof value !== 'object' || value === null || value instanceof AbortSignal) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, copyOf(part)]));
}
