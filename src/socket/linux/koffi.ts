// SPDX-License-Identifier: MIT
// Loads koffi from its package. The single executable has src/executable/koffi.ts in its place.

import { arch } from 'node:os';

/** What is used of it. */
export type Koffi = Pick<typeof import('koffi'), 'load' | 'errno' | 'address'>;

/**
 * Its native part alone, if a package manager put it where it can be found: koffi's own search for it takes a thread
 * 5 ms. Both have one version, which package.json pins.
 *
 * @throws whatever koffi's import throws: koffi is optional, and the permission model may forbid it
 */
export async function loadKoffi(): Promise<Koffi> {
  const native = `@koromix/koffi-linux-${arch()}`;
  try {
    return ((await import(native)) as { readonly default: Koffi }).default;
  } catch {
    return await import('koffi');
  }
}
