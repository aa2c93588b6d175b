// SPDX-License-Identifier: MIT
// echogram history export: what a watch remembers as CSV or JSON lines.

import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createError } from '../../errors.ts';
import { escapeText } from '../../printable.ts';
import { columnCsv, columnCsvHeader, columnJson } from '../../watch/history/export-lines.ts';
import {
  exportHistory,
  type ExportedColumns,
  type ExportOptions,
} from '../../watch/history/export-history.ts';
import { sourceOf, type Given } from '../given-options.ts';
import type { HISTORY_FLAGS } from '../flags/history.ts';
import { EXIT_FAILED, EXIT_OK, type Io } from '../io.ts';
import {
  cannotBeWritten,
  findOutput,
  requireDistinct,
  type NamedFile,
  type OutputFile,
} from '../output-file.ts';
import { Output } from '../output.ts';

type HistoryGiven = Given<typeof HISTORY_FLAGS>;

const TIER_MS = { '10s': 10_000, '1m': 60_000, '10m': 600_000, '1h': 3_600_000 } as const;

export async function runHistory(
  [action = '', file = '']: readonly string[],
  given: HistoryGiven,
  io: Io,
): Promise<number> {
  requireExport(action);
  requireStretch(given);
  const { from, to, tier = '1m', targets, format = 'csv', output: path = '-' } = given.values;
  const options: ExportOptions = {
    widthMs: TIER_MS[tier],
    fromMs: from?.getTime(),
    toMs: to?.getTime(),
    targets,
  };
  const exported = exportHistory(file, options);
  // An unusable file is told before the output is created.
  const first = await exported.next();
  const output = path === '-' ? io.stdout : await openOutput(given, path, file);
  if (format === 'csv') output.data(columnCsvHeader());
  if (first.done !== true) {
    write(first.value, format, output);
    await writeRest(exported, format, output, io);
  }
  const exitCode = path === '-' ? EXIT_OK : await endOutput(output, path, io);
  if (!io.stop.aborted) return exitCode;
  io.stderr.data('echogram: stopped before the end: the export is incomplete');
  return EXIT_FAILED;
}

function requireExport(action: string): void {
  if (action === 'export') return;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: 'the action of history',
    rule: 'export',
    value: action,
    remedy: 'write echogram history export FILE',
  });
}

function requireStretch(given: HistoryGiven): void {
  const { from, to } = given.values;
  if (from === undefined || to === undefined || from < to) return;
  const [option, rule] = [sourceOf('to', given), `later than ${sourceOf('from', given)}`];
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', { option, rule, value: to.toISOString() });
}

async function openOutput(given: HistoryGiven, path: string, history: string): Promise<Output> {
  const flag = sourceOf('output', given);
  const output = await findOutput(flag, path);
  requireDistinct([output], await filesOf(history));
  return await openStream(flag, path, output);
}

/** A history is one file while nothing writes it, and SQLite keeps two beside it meanwhile. */
async function filesOf(history: string): Promise<readonly NamedFile[]> {
  const paths = ['', '-wal', '-shm'].map((suffix) => `${history}${suffix}`);
  return await Promise.all(
    paths.map(async (path) => {
      const stats = await stat(path, { bigint: true }).catch(() => undefined);
      const identity = stats === undefined ? undefined : `${stats.dev} ${stats.ino}`;
      return { name: path, path, identity };
    }),
  );
}

async function openStream(
  flag: string,
  path: string,
  { kind, target }: OutputFile,
): Promise<Output> {
  const stream = createWriteStream(target, { flags: kind === 'special' ? 'a' : 'w' });
  const output = new Output(stream);
  await new Promise<void>((resolve, reject) => {
    stream.once('open', () => {
      resolve();
    });
    stream.once('error', (error) => {
      reject(cannotBeWritten(flag, path, error));
    });
  });
  return output;
}

type Format = 'csv' | 'jsonl';

/** Holds no more than the reader has not taken of one piece. */
async function writeRest(
  exported: AsyncIterable<ExportedColumns>,
  format: Format,
  output: Output,
  io: Io,
): Promise<void> {
  for await (const columns of exported) {
    await output.flush();
    if (output.broken.aborted || io.stop.aborted) return;
    write(columns, format, output);
  }
}

function write({ series, columns }: ExportedColumns, format: Format, output: Output): void {
  const line = format === 'csv' ? columnCsv : columnJson;
  output.data(...columns.map((column) => line(series, column)));
}

async function endOutput(output: Output, path: string, io: Io): Promise<number> {
  const { stream } = output;
  // It tells that a write failed before it closes, at the latest.
  await new Promise<void>((resolve) => {
    if (stream.closed) resolve();
    stream.once('close', resolve);
    stream.end();
  });
  if (output.failure === null) return EXIT_OK;
  io.stderr.data(`echogram: ${escapeText(path)}: cannot write (${output.failure})`);
  return EXIT_FAILED;
}
