// SPDX-License-Identifier: MIT
// echogram report: a page of what was measured before.

import { open } from 'node:fs/promises';
import { unlessAborted } from '../../abort.ts';
import { createError, systemCodeOf } from '../../errors.ts';
import { escapeText } from '../../printable.ts';
import { pageHtml } from '../../report/page-html.ts';
import { sourceOf, type Given } from '../command-flags.ts';
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
  const input = await openInput(file, io);
  // A pipe may have no end.
  const data = await unlessAborted(readResultFile(input), io.stop);
  const path = given.values.output ?? outputFor(file);
  const page = await PageFile.open(sourceOf('output', given), path, io);
  requireDistinct([page], [input, ...standardOutputs(io)]);
  const failures = await page.write(pageHtml(data));
  for (const line of [...failures, ...data.notices]) io.stderr.data(`echogram: ${line}`);
  if (failures.length > 0) return EXIT_FAILED;
  if (path !== '-') io.stderr.data(`echogram: wrote ${escapeText(path)}`);
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

/** As a filter, where the recording has no name. */
function outputFor(file: string): string {
  return file === '-' ? file : `${file.replace(/\.jsonl?$/, '')}.html`;
}
