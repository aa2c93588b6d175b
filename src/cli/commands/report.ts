// SPDX-License-Identifier: MIT
// echogram report: a page of what was measured before.

import { pageHtml } from '../../report/page-html.ts';
import { EXIT_FAILED, EXIT_OK, type Io } from '../io.ts';
import { PageFile } from '../page-file.ts';
import { readResultFile } from '../result-file.ts';

export interface ReportFlags {
  readonly output?: string;
}

export async function runReport(file: string, flags: ReportFlags, io: Io): Promise<number> {
  const data = await readResultFile(file);
  const path = flags.output ?? `${file.replace(/\.jsonl?$/, '')}.html`;
  const page = await PageFile.open('--output', path, io);
  const failures = await page.write(pageHtml(data));
  for (const line of [...failures, ...data.notices]) io.stderr.data(`echogram: ${line}`);
  if (failures.length > 0) return EXIT_FAILED;
  if (path !== '-') io.stderr.data(`echogram: wrote ${path}`);
  return EXIT_OK;
}
