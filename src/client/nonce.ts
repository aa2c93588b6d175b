// SPDX-License-Identifier: MIT
// The nonce of a session, which nobody else can predict: who can't see the probes can't forge a reply.

import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import type { SessionPlan } from './session/session-plan.ts';

/** The same generator of the system that node:crypto starts from, which takes 9 ms to load. */
const SYSTEM_RANDOM = '/dev/urandom';

export function makeNonce(): SessionPlan['nonce'] {
  const words = new Uint32Array(2);
  if (!fillFromSystem(words)) randomFillSync(words);
  return [words[0]!, words[1]!];
}

/** @returns false if the system has no such file, or does not let it be read */
function fillFromSystem(words: Uint32Array): boolean {
  try {
    const fd = openSync(SYSTEM_RANDOM, 'r');
    try {
      return readSync(fd, words) === words.byteLength;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}
