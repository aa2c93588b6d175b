// SPDX-License-Identifier: MIT
// echogram impair: puts a bad network in front of a UDP server, until it is stopped.

import { formatHostPort } from '../../host-port.ts';
import { IMPAIR_OPTIONS } from '../../options/impair.ts';
import { escapeText } from '../../printable.ts';
import { impair } from '../../relay/impair.ts';
import type { Relay } from '../../relay/relay.ts';
import type { ImpairOptions } from '../../relay/relay-options.ts';
import { relaySummary } from '../../report/relay-summary.ts';
import { asGiven, only, type Given } from '../given-options.ts';
import type { IMPAIR_FLAGS } from '../flags/impair.ts';
import { EXIT_OK, type Io } from '../io.ts';
import { planLines, readLines, readPlanLine } from '../plan-lines.ts';
import { openServiceNotifier } from '../service-notices.ts';
import { jsonEvents, keepLog } from '../service-output.ts';

type ImpairGiven = Given<typeof IMPAIR_FLAGS>;

export async function runImpair(given: ImpairGiven, io: Io): Promise<number> {
  try {
    return await relayUntilStopped(given, io);
  } catch (error) {
    if (error !== io.stop.reason) throw error;
    io.stderr.data('echogram: stopped before it listened');
    return EXIT_OK;
  }
}

async function relayUntilStopped(given: ImpairGiven, io: Io): Promise<number> {
  const { values: flags } = given;
  using _early = io.questions.answerWith(() => {
    io.stderr.narrate('echogram: not listening yet');
  });
  // A relay runs on node:dgram alone, but a notification may use the C library.
  await using notifier = await openServiceNotifier(io, true);
  // Without `to` this throws an error that names the flag.
  const options = { ...only(IMPAIR_OPTIONS, flags), signal: io.stop } as ImpairOptions;
  await using relay = await impair(options).catch((error: unknown) => {
    throw asGiven(error, given);
  });
  using _questions = io.questions.answerWith(() => {
    for (const line of relaySummary(relay.counters)) io.stderr.narrate(`echogram: so far ${line}`);
  });
  keepLog(io, 'the relay keeps forwarding');
  const { host = IMPAIR_OPTIONS.host.default, json = false } = flags;
  using _events = json ? tellEvents(relay, host, io) : tellLines(relay, host, io);
  relay.on('warning', (message) => {
    io.stderr.narrate(`echogram: warning: ${message}`);
  });
  void obeyLines(relay, io);
  const { address, port } = relay.target;
  notifier.ready(`forwarding from port ${relay.port} to ${formatHostPort(address, port)}`);
  // All of it is in this thread.
  notifier.feedWhile(() => Promise.resolve());
  io.stop.addEventListener('abort', () => {
    notifier.stopping('stopping');
  });
  try {
    await relay.closed;
  } finally {
    for (const line of relaySummary(relay.counters)) io.stderr.narrate(`echogram: ${line}`);
  }
  return EXIT_OK;
}

function tellLines(relay: Relay, host: string, { stdout, stderr }: Io): Disposable {
  const { address, port } = relay.target;
  const where = `${escapeText(host)} port ${relay.port}`;
  stdout.data(`listening on ${where}, forwarding to ${formatHostPort(address, port)}`);
  const tellPlans = (): void => {
    stderr.narrate(...planLines(relay.plans).map((line) => `echogram: ${line}`));
  };
  tellPlans();
  relay.on('change', tellPlans);
  return { [Symbol.dispose]: () => undefined };
}

const COUNTERS_PERIOD_MS = 1000;

/** Writes the counts once a second, if they have changed. */
function tellEvents(relay: Relay, host: string, { stdout }: Io): Disposable {
  const { write, writeOnce } = jsonEvents(stdout);
  const { port, addresses, target, plans } = relay;
  writeOnce('listening', { host, port, addresses, target, plans });
  relay.on('change', (plans) => {
    writeOnce('changed', { plans });
  });
  let told = JSON.stringify(relay.counters);
  const timer = setInterval(() => {
    const { counters } = relay;
    const text = JSON.stringify(counters);
    if (text !== told) write('counters', counters);
    told = text;
  }, COUNTERS_PERIOD_MS);
  relay.on('close', (counters) => {
    clearInterval(timer);
    writeOnce('closed', { ...counters, missingLines: stdout.missingLines });
  });
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
    },
  };
}

/** A wrong line is reported, and changes nothing. */
async function obeyLines(relay: Relay, { stdin, stderr }: Io): Promise<void> {
  await readLines(stdin, {
    onLine: (line) => {
      try {
        relay.change(readPlanLine(line));
      } catch (error) {
        stderr.narrate(`echogram: the plans are unchanged: ${(error as Error).message}`);
      }
    },
    onFailure: (reason) => {
      stderr.narrate(
        `echogram: standard input is not read (${reason}), so the plans can't be changed there`,
      );
    },
  });
}
