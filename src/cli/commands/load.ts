// SPDX-License-Identifier: MIT
// echogram load: finds the highest rate without loss, and prints the result and the verdict.

import { unlessAborted } from '../../abort.ts';
import { createError } from '../../errors.ts';
import type { LoadProgress } from '../../load/load-options.ts';
import type { LoadResult } from '../../load/load-result.ts';
import { load } from '../../load/load.ts';
import { LOAD_OPTIONS } from '../../options/load.ts';
import { loadSummary, missedRateLine, progressLine } from '../../report/load-text.ts';
import { asGiven, only, sourceOf, type Given } from '../given-options.ts';
import type { LOAD_FLAGS } from '../flags/load.ts';
import { EXIT_FAILED, EXIT_NO_REPLY, EXIT_OK, type Io } from '../io.ts';
import {
  lineLoadNarrator,
  liveLoadNarrator,
  quietLoadNarrator,
  type LoadNarrator,
} from '../load-narrators.ts';
import { requireDistinct, standardOutputs } from '../output-file.ts';
import type { PageFile } from '../page-file.ts';
import { keyOf } from '../stamp-key-flag.ts';
import { targetOf, type AskedHost } from '../target.ts';

type LoadGiven = Given<typeof LOAD_FLAGS>;

type LoadValues = LoadGiven['values'];

export async function runLoad(target: string, given: LoadGiven, io: Io): Promise<number> {
  const asked = targetOf(target, given);
  try {
    return await measureAndTell(asked, given, io);
  } catch (error) {
    if (!io.stop.aborted || error !== io.stop.reason) throw error;
    io.stderr.data('echogram: stopped before the first datagram: nothing was measured');
    return EXIT_NO_REPLY;
  }
}

async function measureAndTell(target: AskedHost, given: LoadGiven, io: Io): Promise<number> {
  const { values: flags } = given;
  requireOneDocument(flags);
  using _early = io.questions.answerWith(() => {
    io.stderr.narrate('echogram: no datagram was sent yet');
  });
  const key = await unlessAborted(keyOf(sourceOf('keyFile', given), given.values), io.stop);
  const page = await openPage(given, io);
  if (page !== undefined) requireDistinct([page], standardOutputs(io));
  const options = { ...only(LOAD_OPTIONS, flags), ...target, ...key };
  const result = await measure(options, given, io);
  const failures = page === undefined ? [] : await writePage(page, result);
  for (const line of failures) io.stderr.data(`echogram: ${line}`);
  const summary = flags.report === '-' ? io.stderr : io.stdout;
  if (flags.json === true) io.stdout.data(JSON.stringify(result));
  else summary.data(...loadSummary(result, summary.columnsNow()));
  return failures.length > 0 ? EXIT_FAILED : exitCodeFor(result, io);
}

function requireOneDocument({ json, report }: LoadValues): void {
  if (json !== true || report !== '-') return;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'standard output',
    rule: 'used by only one of --json and --report -',
    value: '--json --report -',
    remedy: 'give a file instead of -',
  });
}

async function openPage(given: LoadGiven, io: Io): Promise<PageFile | undefined> {
  const { report } = given.values;
  if (report === undefined) return undefined;
  const { PageFile } = await import('../page-file.ts');
  return await PageFile.open(sourceOf('report', given), report, io);
}

async function writePage(page: PageFile, result: LoadResult): Promise<readonly string[]> {
  const { loadPageData } = await import('../../report/load-page-data.ts');
  const { pageHtml } = await import('../../report/page-html.ts');
  return await page.write(pageHtml(loadPageData(result)));
}

async function measure(
  options: Parameters<typeof load>[0],
  given: LoadGiven,
  io: Io,
): Promise<LoadResult> {
  using narrator = await narratorFor(given.values, io);
  let latest: LoadProgress | undefined;
  using _questions = io.questions.answerWith(() => {
    if (latest === undefined) narrator.tell('echogram: no datagram was sent yet');
    else narrator.tell(`echogram: ${progressLine(latest)}`);
  });
  const onProgress = (progress: LoadProgress): void => {
    if (latest === undefined) tellEngine(progress, io);
    latest = progress;
    narrator.hear(progress);
  };
  const signal = AbortSignal.any([io.stop, io.stdout.broken]);
  try {
    return await load({ ...options, signal, onProgress });
  } catch (error) {
    throw asGiven(error, given);
  }
}

function tellEngine({ engineReason }: LoadProgress, { stderr }: Io): void {
  if (engineReason === null) return;
  stderr.data(
    `echogram: using the portable engine because the linux engine can't run: ${engineReason}`,
  );
}

async function narratorFor(
  { json, quiet, plain, report }: LoadValues,
  io: Io,
): Promise<LoadNarrator> {
  if (json === true || quiet === true || report === '-') return quietLoadNarrator(io);
  if (io.terminal === undefined || plain === true) return lineLoadNarrator(io);
  return await liveLoadNarrator(io, io.terminal);
}

/** 0 if a rate passed and the threshold held, 1 if not, 2 for a failure. */
function exitCodeFor({ verdict, endedBy, throughput, thresholds }: LoadResult, io: Io): number {
  if (verdict.code === 'ERROR') {
    io.stderr.data(`echogram: ${endedBy.message ?? 'the measurement failed'}`);
    return EXIT_FAILED;
  }
  const missed = thresholds.filter(({ held }) => !held);
  for (const threshold of missed) io.stderr.data(`echogram: ${missedRateLine(threshold)}`);
  return missed.length > 0 || throughput.lowerPps === null ? EXIT_NO_REPLY : EXIT_OK;
}
