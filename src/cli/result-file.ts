// SPDX-License-Identifier: MIT
// Reads what ping --json printed or --jsonl wrote into the data of a page. A recording is read line by
// line in constant memory, and shown as far as it goes.

import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { ProbeRecord } from '../client/probe-record.ts';
import type { SessionResult, SessionStart } from '../client/session-result.ts';
import { createError, systemCodeOf } from '../errors.ts';
import { pageData, unfinishedPageData, type PageData } from '../report/page-data.ts';
import { countOf } from '../report/quantities.ts';
import { isRecord } from '../report/record-problem.ts';
import { RecordTally } from '../report/record-tally.ts';
import { resultProblem, startProblem } from '../report/result-problem.ts';

/** A result, or a line, is no longer: 512 columns with every row in use are 3 MB. */
const LONGEST_BYTES = 16 * 1024 * 1024;

const NO_RESULT = 'it is neither what ping --json prints nor what --jsonl writes';

const LINE_FEED = 10;

/** @throws OptionError `ECHOGRAM_ERR_RESULT_FILE` */
export async function readResultFile(file: string): Promise<PageData> {
  try {
    const first = await readFirstLine(file);
    const start = parsed(first);
    if (isTyped(start, 'session')) return await readRecording(file, start);
    return readResult(file, await readWhole(file));
  } catch (error) {
    const systemCode = systemCodeOf(error);
    // Ours have codes of their own.
    if (systemCode.startsWith('ECHOGRAM') || systemCode === 'UNKNOWN') throw error;
    throw unreadable(file, `it cannot be read (${systemCode})`, error);
  }
}

function readResult(file: string, text: string): PageData {
  const value = parsed(text);
  const result = isTyped(value, 'result') ? value['result'] : value;
  const problem = result === undefined ? NO_RESULT : resultProblem(result);
  if (problem !== undefined) throw unreadable(file, problem);
  return pageData(result as SessionResult);
}

async function readRecording(file: string, start: Fields): Promise<PageData> {
  const problem = startProblem(start);
  if (problem !== undefined) throw unreadable(file, problem);
  const { type: _type, sourcePorts, ...session } = start;
  if (!isPortList(sourcePorts)) throw unreadable(file, 'its first line lists no source ports');
  const tally = new RecordTally(session as unknown as SessionStart, sourcePorts);
  let lines = 0;
  let isCut = false;
  for await (const line of linesOf(file)) {
    lines++;
    if (lines === 1) continue;
    const value = parsed(line.text);
    if (isTyped(value, 'result')) return readResult(file, line.text);
    if (isRecord(value, sourcePorts.length)) tally.add(value as ProbeRecord);
    else if (line.isLast && !line.isEnded) isCut = true;
    else throw unreadable(file, `its line ${lines} is no record`);
  }
  return unfinished(tally, lines - 1 - (isCut ? 1 : 0), isCut);
}

function unfinished(tally: RecordTally, records: number, isCut: boolean): PageData {
  const where = isCut ? 'in the middle of a line' : 'before its result';
  const notices = [
    `the recording ends ${where}, after ${countOf(records, 'record')}: what it holds is shown; runs of losses, delay variation and the total of what this host dropped are missing`,
  ];
  if (tally.omitted > 0) {
    notices.push(`${countOf(tally.omitted, 'record')} had been left out of the recording`);
  }
  return unfinishedPageData('partial', tally.measurement(), tally.echogram(), notices);
}

type Fields = Readonly<Record<string, unknown>>;

function isTyped(value: unknown, type: string): value is Fields {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === type;
}

function isPortList(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.length <= 1024 && value.every(isPort);
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536;
}

/** `undefined` for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Line {
  readonly text: string;
  /** Whether a line end follows. */
  readonly isEnded: boolean;
  readonly isLast: boolean;
}

/** Not readline, which holds a line of any length and does not tell a cut one. */
async function* linesOf(file: string): AsyncGenerator<Line, void, undefined> {
  let parts: Buffer[] = [];
  let heldBytes = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      parts.push(chunk.subarray(from, end));
      yield { text: Buffer.concat(parts).toString(), isEnded: true, isLast: false };
      parts = [];
      heldBytes = 0;
      from = end + 1;
    }
    parts.push(chunk.subarray(from));
    heldBytes += chunk.length - from;
    if (heldBytes > LONGEST_BYTES) throw unreadable(file, NO_RESULT);
  }
  if (heldBytes > 0) {
    yield { text: Buffer.concat(parts).toString(), isEnded: false, isLast: true };
  }
}

async function readFirstLine(file: string): Promise<string> {
  for await (const { text } of linesOf(file)) return text;
  throw unreadable(file, 'it is empty');
}

async function readWhole(file: string): Promise<string> {
  await using handle = await open(file);
  const { size } = await handle.stat();
  if (size > LONGEST_BYTES) throw unreadable(file, NO_RESULT);
  return await handle.readFile('utf8');
}

function unreadable(file: string, reason: string, cause?: unknown): Error {
  return createError('ECHOGRAM_ERR_RESULT_FILE', { file, reason }, cause);
}
