// SPDX-License-Identifier: MIT
// echogram mtu: finds the path MTU in each direction, and prints it.

import { unlessAborted } from '../../abort.ts';
import { mtu } from '../../mtu/mtu.ts';
import type { MtuProgress } from '../../mtu/mtu-options.ts';
import type { MtuResult, MtuVerdictCode } from '../../mtu/mtu-result.ts';
import { MTU_OPTIONS } from '../../options/mtu.ts';
import { mtuHeading, mtuProgressLine, mtuText, missedMtuLine } from '../../report/mtu-text.ts';
import { asGiven, only, sourceOf, type Given } from '../given-options.ts';
import type { MTU_FLAGS } from '../flags/mtu.ts';
import { EXIT_NO_REPLY, EXIT_OK, type Io } from '../io.ts';
import type { LiveRegion } from '../live-region.ts';
import { keyOf } from '../stamp-key-flag.ts';
import { targetOf } from '../target.ts';

type MtuGiven = Given<typeof MTU_FLAGS>;

/** The verdicts with a number. */
const WITH_NUMBER: ReadonlySet<MtuVerdictCode> = new Set([
  'FOUND',
  'DIRECTION_UNKNOWN',
  'LARGEST_ECHO',
]);

export async function runMtu(target: string, given: MtuGiven, io: Io): Promise<number> {
  const asked = targetOf(target, given);
  const key = await unlessAborted(keyOf(sourceOf('keyFile', given), given.values), io.stop);
  const options = { ...only(MTU_OPTIONS, given.values), ...asked, ...key };
  const line = await openProgressLine(given, io);
  try {
    const result = await mtu({
      ...options,
      signal: AbortSignal.any([io.stop, io.stdout.broken]),
      onProgress: tellerOf(given, line, io),
    });
    line?.end();
    return tell(result, given, io);
  } catch (error) {
    line?.end();
    if (!io.stop.aborted || error !== io.stop.reason) throw asGiven(error, given);
    io.stderr.data('echogram: stopped before the first datagram: nothing was found');
    return EXIT_NO_REPLY;
  }
}

function tell(result: MtuResult, { values }: MtuGiven, io: Io): number {
  const { verdict, thresholds } = result;
  if (values.json === true) io.stdout.data(JSON.stringify(result));
  else io.stdout.data(...mtuText(result, values.verbose === true, io.stdout.columnsNow()));
  const missed = thresholds.filter(({ held }) => !held);
  for (const threshold of missed) io.stderr.data(`echogram: ${missedMtuLine(threshold)}`);
  return missed.length === 0 && WITH_NUMBER.has(verdict.code) ? EXIT_OK : EXIT_NO_REPLY;
}

/** Says at the start what is searched, and then how far the search has come. */
function tellerOf(
  { values }: MtuGiven,
  line: ProgressLine | undefined,
  io: Io,
): (progress: MtuProgress) => void {
  let hasBegun = false;
  return (progress) => {
    if (!hasBegun) {
      hasBegun = true;
      const { engineReason, target } = progress;
      if (engineReason !== null) {
        io.stderr.data(
          `echogram: using the portable engine because the linux engine can't run: ${engineReason}`,
        );
      }
      if (values.json !== true) io.stdout.data(mtuHeading(target));
    }
    line?.show(mtuProgressLine(progress));
  };
}

/** A line at the bottom of a terminal, gone at the end. */
class ProgressLine {
  readonly #region: LiveRegion;
  #text: readonly string[] = [];

  constructor(open: (render: () => readonly string[]) => LiveRegion) {
    this.#region = open(() => this.#text);
  }

  show(text: string): void {
    this.#text = [text];
  }

  end(): void {
    this.#text = [];
    this.#region.end();
  }
}

async function openProgressLine({ values }: MtuGiven, io: Io): Promise<ProgressLine | undefined> {
  const { terminal } = io;
  if (terminal === undefined || values.json === true) return undefined;
  const { LiveRegion } = await import('../live-region.ts');
  return new ProgressLine((render) => new LiveRegion(io.stdout, terminal, render));
}
