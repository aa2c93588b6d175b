// SPDX-License-Identifier: MIT
// echogram ping: measures, and prints the result and the verdict.

import { unlessAborted } from '../../abort.ts';
import { ping } from '../../client/ping.ts';
import type { PingOptions } from '../../client/ping-options.ts';
import type { ProbeRecord } from '../../client/session/probe-record.ts';
import type { SessionResult } from '../../client/session/session-result.ts';
import { addressNote } from '../../client/verdict/address-note.ts';
import { createError, EchogramError } from '../../errors.ts';
import { escapeText } from '../../printable.ts';
import { pingHeading, pingSummary, recordLine } from '../../report/ping-text.ts';
import { missedLine } from '../../report/missed-line.ts';
import {
  RECORD_CSV_HEADER,
  recordCsv,
  recordJson,
  resultJson,
  startJson,
} from '../../report/record-lines.ts';
import { PING_OPTIONS } from '../../options/ping.ts';
import type { LivePage } from '../../web/live-page.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { asGiven, only, sourceOf, type Given } from '../given-options.ts';
import { PING_FLAGS } from '../flags/ping.ts';
import { countOfCheck, requireOneLimitEach, tellCheck, tellUnknown } from '../nagios.ts';
import { Interim } from '../interim.ts';
import { EXIT_FAILED, EXIT_NO_REPLY, type Io } from '../io.ts';
import type { LiveView } from '../live-view.ts';
import { requireDistinct, standardOutputs } from '../output-file.ts';
import type { PageFile } from '../page-file.ts';
import { RecordFile, type RecordFormat } from '../record-file.ts';
import { keyOf } from '../stamp-key-flag.ts';
import { targetOf, type AskedHost } from '../target.ts';

/** Lines for single probes are printed up to this rate; above it there is only the summary. */
const NARRATED_PPS = 100;

const JSONL: Omit<RecordFormat, 'flag'> = {
  first: startJson,
  line: recordJson,
  last: resultJson,
};

const CSV: Omit<RecordFormat, 'flag'> = { first: () => RECORD_CSV_HEADER, line: recordCsv };

type PingGiven = Given<typeof PING_FLAGS>;

type PingValues = PingGiven['values'];

export async function runPing(target: string, given: PingGiven, io: Io): Promise<number> {
  const asked = targetOf(target, given);
  try {
    return await measureAndTell(asked, given, io);
  } catch (error) {
    if (!io.stop.aborted || error !== io.stop.reason) throw error;
    const message = 'stopped before the first probe: nothing was measured';
    if (given.values.nagios === true) return tellUnknown(message, io);
    io.stderr.data(`echogram: ${message}`);
    return EXIT_NO_REPLY;
  }
}

async function measureAndTell(target: AskedHost, given: PingGiven, io: Io): Promise<number> {
  const { values: flags } = given;
  requireOneDocument(flags);
  if (flags.nagios !== true) requireOneLimitEach(given);
  using interim = new Interim(io);
  const key = await unlessAborted(keyOf(sourceOf('keyFile', given), given.values), io.stop);
  const files = await openFiles(given, io);
  const page = await openPage(given, io);
  requireDistinct(page === undefined ? files : [...files, page], standardOutputs(io));
  const options = { ...only(PING_OPTIONS, flags), ...countOfCheck(flags), ...target, ...key };
  const web = await openLivePage(given, io);
  await using _listening = web;
  const result = await measure(options, given, { files, web, interim }, io).catch(
    async (error: unknown) => {
      await Promise.all(files.map((file) => file.end()));
      throw error;
    },
  );
  await web?.end(result);
  const failures = (await Promise.all(files.map((file) => file.close(result)))).flat();
  if (page !== undefined) failures.push(...(await writePage(page, result)));
  for (const line of failures) io.stderr.data(`echogram: ${line}`);
  if (flags.nagios === true) return tellCheck(result, failures, io);
  const summary = textOutput(flags, io);
  if (flags.json === true) io.stdout.data(JSON.stringify(result));
  else summary.data(...pingSummary(result, summary.columnsNow()));
  return failures.length > 0 ? EXIT_FAILED : exitCodeFor(result, io);
}

async function openPage(given: PingGiven, io: Io): Promise<PageFile | undefined> {
  const { report } = given.values;
  if (report === undefined) return undefined;
  const { PageFile } = await import('../page-file.ts');
  return await PageFile.open(sourceOf('report', given), report, io);
}

/** The page code is loaded only if needed: loading it would take a tenth of a short run. */
async function writePage(page: PageFile, result: SessionResult): Promise<readonly string[]> {
  const { pageData } = await import('../../report/page-data.ts');
  const { pageHtml } = await import('../../report/page-html.ts');
  return await page.write(pageHtml(pageData(result)));
}

/** The receivers of a measurement's records during the run. */
interface Listeners {
  readonly files: readonly RecordFile[];
  readonly web: LivePage | undefined;
  readonly interim: Interim;
}

async function measure(
  options: PingOptions,
  given: PingGiven,
  { files, web, interim }: Listeners,
  io: Io,
): Promise<SessionResult> {
  const { values: flags } = given;
  const { intervalMs = PING_OPTIONS.intervalMs.default } = options;
  const text = textOutput(flags, io);
  const isDocument = flags.json === true || flags.nagios === true;
  const isQuiet = isDocument || flags.quiet === true || text !== io.stdout;
  const isNarrated = !isQuiet && 1000 / intervalMs <= NARRATED_PPS;
  const view = isQuiet || flags.plain === true ? undefined : await openView(io);
  const onRecord = (record: ProbeRecord): void => {
    for (const file of files) file.write(record);
    view?.add(record);
    web?.add(record);
    const line = isNarrated ? recordLine(record) : undefined;
    if (line !== undefined) (view ?? text).narrate(line);
  };
  const isHeard = files.length > 0 || isNarrated || view !== undefined || web !== undefined;
  try {
    const run = ping({
      ...options,
      signal: AbortSignal.any([io.stop, io.stdout.broken, ...files.map(({ broken }) => broken)]),
      endSignal: io.end,
    });
    run.on('start', ({ host, address, port, sourcePorts, engine, engineReason }, start) => {
      if (engineReason !== null) {
        io.stderr.data(
          `echogram: using the portable engine because the linux engine can't run: ${engineReason}`,
        );
      }
      if (engine === 'portable' && flags.interface !== undefined) {
        io.stderr.data(
          `echogram: the portable engine sends from an address of ${escapeText(flags.interface)}, but the system's routes choose the interface`,
        );
      }
      const note = addressNote(start.target);
      if (note !== undefined) io.stderr.data(`echogram: ${note}`);
      for (const file of files) file.begin(start, sourcePorts);
      web?.begin(start, sourcePorts);
      if (!isDocument) {
        text.narrate(pingHeading(host, address, port, start.config.payloadBytes));
      }
      view?.begin(start);
      interim.begin(run, view);
    });
    // Records that nobody reads would cost a fast measurement as much as its probes.
    if (isHeard) run.on('record', onRecord);
    return await run;
  } catch (error) {
    throw asGiven(error, given);
  } finally {
    view?.end();
  }
}

/** The live view, if standard output is a terminal. */
async function openView(io: Io): Promise<LiveView | undefined> {
  if (io.terminal === undefined) return undefined;
  const { LiveView } = await import('../live-view.ts');
  return new LiveView(io, io.terminal);
}

async function openLivePage(given: PingGiven, io: Io): Promise<LivePage | undefined> {
  const { web: port, webHost: host = PING_FLAGS.webHost.default } = given.values;
  if (port === undefined) return undefined;
  const { LivePage } = await import('../../web/live-page.ts');
  const token = await webTokenOf(given);
  const onFault = (error: unknown): void => {
    io.stderr.narrate(`echogram: warning: live page: ${escapeText(String(error))}`);
  };
  const page = await LivePage.open({ host, port, token, onFault }).catch((error: unknown) => {
    throw asWebFlag(error, given);
  });
  const hint = token === undefined ? '' : '?token=TOKEN (replace TOKEN with the token)';
  io.stderr.data(`echogram: live page at ${page.url}${hint}`);
  return page;
}

/** The token from a file, if one is named; otherwise from the flag or the environment. */
async function webTokenOf(given: PingGiven): Promise<string | undefined> {
  const { webToken, webTokenFile } = given.values;
  if (webTokenFile === undefined) return webToken;
  const { readTokenFile } = await import('../token-file.ts');
  return await readTokenFile(sourceOf('webTokenFile', given), webTokenFile);
}

function asWebFlag(error: unknown, given: PingGiven): unknown {
  if (!EchogramError.is(error) || error.code !== 'ECHOGRAM_ERR_OPTION_VALUE') return error;
  const rule = 'a loopback address unless a token is set';
  const remedy = 'set one with --web-token-file; every viewer then needs it';
  const option = sourceOf('webHost', given);
  return createError(error.code, { option, rule, value: error.data.value, remedy });
}

/** Standard output, unless records are written to it. */
function textOutput({ jsonl, csv, report }: PingValues, io: Io): Io['stdout'] {
  return [jsonl, csv, report].includes('-') ? io.stderr : io.stdout;
}

function requireOneDocument({ nagios, json, jsonl, csv, report }: PingValues): void {
  const asked = [
    nagios === true ? '--nagios' : '',
    json === true ? '--json' : '',
    jsonl === '-' ? '--jsonl -' : '',
    csv === '-' ? '--csv -' : '',
    report === '-' ? '--report -' : '',
  ].filter((flag) => flag !== '');
  if (asked.length < 2) return;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'standard output',
    rule: 'used by only one of --nagios, --json, --jsonl -, --csv - and --report -',
    value: asked.join(' '),
    remedy: 'give a file instead of -',
  });
}

async function openFiles(given: PingGiven, io: Io): Promise<readonly RecordFile[]> {
  const asked = [
    ['jsonl', JSONL],
    ['csv', CSV],
  ] as const;
  const files: RecordFile[] = [];
  for (const [name, format] of asked) {
    const path = given.values[name];
    const named = { ...format, flag: sourceOf(name, given) };
    if (path !== undefined) files.push(await RecordFile.open(path, named, io));
  }
  return files;
}

/**
 * As in ping: 0 if replies arrived and every threshold held, 1 if none arrived or a threshold failed, 2 for a failure.
 */
function exitCodeFor({ verdict, endedBy, thresholds }: SessionResult, io: Io): number {
  const exitCode = EXIT_CODE[verdict.code];
  if (exitCode === EXIT_FAILED) {
    io.stderr.data(`echogram: ${endedBy.message ?? 'the measurement failed'}`);
    return exitCode;
  }
  const missed = thresholds.filter(({ held }) => !held);
  for (const threshold of missed) io.stderr.data(`echogram: ${missedLine(threshold)}`);
  return missed.length > 0 ? EXIT_NO_REPLY : exitCode;
}
