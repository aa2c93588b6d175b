// A program: many measurements and messages, some at a time, from wherever it is started, such as a network
// namespace. Its argument is the requests as JSON, its output what became of each, in their order.

import { ping, send, type PingOptions, type SendOptions } from '../../src/index.ts';
import { EchogramError } from '../../src/errors.ts';

/** A measurement, or a message. */
export type Request = { readonly ping: PingOptions } | { readonly send: SendOptions };

/** What it came to; of an error its code and message. */
export type Outcome =
  | { readonly result: Awaited<ReturnType<typeof ping>> }
  | { readonly replies: true }
  | { readonly code: string; readonly message: string };

/** Most of their time is waiting for what does not come. */
const AT_A_TIME = 24;

async function ask(request: Request): Promise<Outcome> {
  try {
    if ('ping' in request) return { result: await ping(request.ping) };
    await send('x', request.send);
    return { replies: true };
  } catch (error) {
    if (!EchogramError.is(error)) throw error;
    return { code: error.code, message: error.message };
  }
}

const requests = JSON.parse(process.argv[2] ?? '[]') as readonly Request[];
const outcomes: Outcome[] = [];
const waiting = [...requests.entries()];
await Promise.all(
  Array.from({ length: AT_A_TIME }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      outcomes[next[0]] = await ask(next[1]);
    }
  }),
);
process.stdout.write(JSON.stringify(outcomes));
