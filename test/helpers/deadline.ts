// Every wait of a test ends, and says what it waited for.

import { setTimeout as pause } from 'node:timers/promises';

/** Generous: a deadline finds what never comes, it measures nothing. */
const DEADLINE_MS = 60_000;

/** Resolves with the promise, or rejects after a minute naming what was waited for. */
export async function deadline<Value>(promise: Promise<Value>, what: () => string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`waited ${DEADLINE_MS} ms for ${what()}`));
    }, DEADLINE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** To ask in each turn of the event loop would take a processor from what is waited for. */
const ASK_AGAIN_MS = 2;

/** Resolves when `holds()` does; asked again and again. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  let isLate = false;
  const poll = async (): Promise<void> => {
    while (!isLate && !(await holds())) await pause(ASK_AGAIN_MS);
  };
  try {
    await deadline(poll(), () => what);
  } finally {
    isLate = true;
  }
}
