// Every wait of a test ends, and says what it waited for.

/** Generous: a deadline finds what never comes, it measures nothing. */
const DEADLINE_MS = 30_000;

/** Resolves with the promise, or rejects after half a minute naming what was waited for. */
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

/** Resolves when `holds()` does; asked again each turn of the event loop. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  let isLate = false;
  const poll = async (): Promise<void> => {
    while (!isLate && !(await holds())) await new Promise(setImmediate);
  };
  try {
    await deadline(poll(), () => what);
  } finally {
    isLate = true;
  }
}
