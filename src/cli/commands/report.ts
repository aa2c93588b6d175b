// SPDX-License-Identifier: MIT
// echogram report: makes a page, or a text, from a recorded measurement.

import { open } from 'node:fs/promises';
import { unlessAborted } from '../../abort.ts';
import { createError, systemCodeOf } from '../../errors.ts';
import { escapeText } from '../../printable.ts';
import { pageHtml } from '../../report/page-html.ts';
import { pageOf, textOf, type Stored } from '../../report/stored-result.ts';
import { sourceOf, type Given } from '../given-options.ts';
import type { REPORT_FLAGS } from '../flags/report.ts';
import { EXIT_FAILED, EXIT_OK, type Io } from '../io.ts';
import { identityOf, requireDistinct, standardOutputs, type NamedFile } from '../output-file.ts';
import { PageFile } from '../page-file.ts';
import { readResultFile, type ResultInput } from '../result-file.ts';

export async function runReport(
  file: string,
  given: Given<typeof REPORT_FLAGS>,
  io: Io,
): Promise<number> {
  // A named pipe may never have a writer, and a pipe may never end.
  const input = await unlessAborted(openInput(file, io), io.stop);
  const stored = await unlessAborted(readResultFile(input), io.stop);
  if (given.values.text === true) return printText(file, stored, io);
  const data = pageOf(stored);
  const path = given.values.output ?? outputFor(file);
  const page = await PageFile.open(sourceOf('output', given), path, io);
  requireDistinct([page], [input, ...standardOutputs(io)]);
  const failures = await page.write(pageHtml(data));
  const notices = 'notices' in data ? data.notices : [];
  for (const line of [...failures, ...notices]) io.stderr.data(`echogram: ${line}`);
  if (failures.length > 0) return EXIT_FAILED;
  if (path !== '-') io.stderr.data(`echogram: wrote ${escapeText(path)}`);
  return EXIT_OK;
}

function printText(file: string, stored: Stored, { stdout }: Io): number {
  const [, ...lines] = textOf(stored, stdout.columnsNow()) ?? [];
  if (lines.length === 0) {
    const reason = 'the recording ends before its result; make a page of it, without --text';
    throw createError('ECHOGRAM_ERR_RESULT_FILE', { file, reason });
  }
  stdout.data(...lines);
  return EXIT_OK;
}

async function openInput(path: string, { stdin }: Io): Promise<ResultInput & NamedFile> {
  if (path === '-') {
    return { name: 'standard input', path, identity: identityOf(stdin.fd), bytes: stdin };
  }
  try {
    const handle = await open(path);
    const identity = identityOf(handle.fd);
    return { name: path, path, identity, bytes: handle.createReadStream() };
  } catch (error) {
    const reason = `it cannot be read (${systemCodeOf(error)})`;
    throw createError('ECHOGRAM_ERR_RESULT_FILE', { file: path, reason }, error);
  }
}

/** Acts as a filter if the recording has no name. */
function outputFor(file: string): string {
  return file === '-' ? file : `${file.replace(/\.jsonl?$/, '')}.html`;
}
