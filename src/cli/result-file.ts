// SPDX-License-Identifier: MIT
// Reads what ping --json or load --json printed, or ping --jsonl wrote. A recording is read line by line in constant
// memory, and shown up to where it ends.

import type { ProbeRecord } from '../client/session/probe-record.ts';
import type { SessionStart } from '../client/session/session-result.ts';
import { createError, systemCodeOf } from '../errors.ts';
import { countOf } from '../quantities.ts';
import { unfinishedPageData, type PageData } from '../report/page-data.ts';
import { RecordTally } from '../report/record-tally.ts';
import {
  NO_RESULT,
  recordProblem,
  remedyFor,
  resultProblem,
  startProblem,
} from '../report/result-problem.ts';
import type { Stored } from '../report/stored-result.ts';

/** Maximum length of a result or a line: 512 columns with every row in use are 3 MB. */
const LONGEST_BYTES = 16 * 1024 * 1024;

/** Maximum nesting; a result has six levels. */
const MOST_LEVELS = 16;

const LINE_FEED = 10;
const [QUOTE, BACKSLASH, BRACKET, BRACKET_END, BRACE, BRACE_END] = [34, 92, 91, 93, 123, 125];

/** The byte order marks of UTF-16, which PowerShell writes. */
const UTF_16 = ['fffe', 'feff'];

/** Bytes that are read only once, because a pipe can't be read twice. */
export interface ResultInput {
  /** Its name in messages. */
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** @throws OptionError `ECHOGRAM_ERR_RESULT_FILE` */
export async function readResultFile({ name, bytes }: ResultInput): Promise<Stored> {
  try {
    return await readLines(name, linesOf(name, bytes));
  } catch (error) {
    const systemCode = systemCodeOf(error);
    // Our own errors have other codes.
    if (systemCode.startsWith('ECHOGRAM') || systemCode === 'UNKNOWN') throw error;
    throw unreadable(name, `it cannot be read (${systemCode})`, error);
  }
}

async function readLines(file: string, lines: Lines): Promise<Stored> {
  const { value: first } = await lines.next();
  if (first === undefined) throw unreadable(file, 'it is empty');
  // Checked before the rest is read, which may be long.
  if (!first.text.trimStart().startsWith('{')) throw unreadable(file, NO_RESULT);
  const start = parsed(file, first.text);
  if (isTyped(start, 'session')) return await readRecording(file, start, lines);
  return readResult(file, await wholeOf(file, first, lines));
}

function readResult(file: string, text: string): Stored {
  const value = parsed(file, text);
  const result = isTyped(value, 'result') ? value['result'] : value;
  const problem = result === undefined ? NO_RESULT : resultProblem(result);
  if (problem !== undefined) throw unreadable(file, problem);
  return result as Stored;
}

async function readRecording(file: string, start: Fields, lines: Lines): Promise<Stored> {
  const problem = startProblem(start);
  if (problem !== undefined) throw unreadable(file, problem);
  const { type: _type, sourcePorts, ...session } = start as unknown as RecordingStart;
  const tally = new RecordTally(session, sourcePorts);
  let records = 0;
  let isCut = false;
  for await (const { text, number, isEnded } of lines) {
    const value = parsed(file, text);
    if (isTyped(value, 'result')) return readResult(file, text);
    const wrong = recordProblem(value, sourcePorts.length);
    if (wrong === undefined) {
      tally.add(value as ProbeRecord);
      records++;
    } else if (isEnded) {
      throw unreadable(file, `its line ${number} ${wrong}; ${remedyFor(start)}`);
    } else isCut = true;
  }
  return unfinished(tally, records, isCut);
}

function unfinished(tally: RecordTally, records: number, isCut: boolean): PageData {
  const where = isCut ? 'in the middle of a line' : 'before its result';
  const notices = [
    `the recording ends ${where}, after ${countOf(records, 'record')}: its contents are shown, without loss runs, delay variation and the total that this host dropped`,
  ];
  if (tally.omitted > 0) {
    notices.push(`${countOf(tally.omitted, 'record')} were left out of the recording`);
  }
  return unfinishedPageData('partial', tally.measurement(), tally.echogram(), notices);
}

type Fields = Readonly<Record<string, unknown>>;

/** The first line of a recording. */
interface RecordingStart extends SessionStart {
  readonly type: 'session';
  readonly sourcePorts: readonly number[];
}

function isTyped(value: unknown, type: string): value is Fields {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === type;
}

/**
 * `undefined` if the text is not JSON.
 *
 * @throws OptionError `ECHOGRAM_ERR_RESULT_FILE` for a text that nests deeper than any result
 */
function parsed(file: string, text: string): unknown {
  if (isDeeperThan(MOST_LEVELS, text)) {
    throw unreadable(
      file,
      `it nests lists and objects more than ${MOST_LEVELS} levels deep, which no result does`,
    );
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Counted before parsing: a file full of brackets would become a list for each. */
function isDeeperThan(levels: number, text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === BRACKET || code === BRACE) depth++;
    else if (code === BRACKET_END || code === BRACE_END) depth--;
    if (depth > levels) return true;
  }
  return false;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return text.length;
}

interface Line {
  readonly text: string;
  /** Line number, from 1. */
  readonly number: number;
  /** True if a line end follows; if not, the line is the last one, and may be truncated. */
  readonly isEnded: boolean;
}

type Lines = AsyncGenerator<Line, void, undefined>;

interface Octets extends Omit<Line, 'text'> {
  readonly octets: Buffer;
}

/** The lines that are not blank. */
async function* linesOf(file: string, bytes: AsyncIterable<Uint8Array>): Lines {
  for await (const { number, isEnded, octets } of splitLines(file, bytes)) {
    if (number === 1 && UTF_16.includes(octets.toString('hex', 0, 2))) {
      throw unreadable(
        file,
        'it is UTF-16; write it as UTF-8 (PowerShell: | Out-File -Encoding utf8)',
      );
    }
    const text = octets.toString();
    // A byte order mark, which some editors write, is not part of the text.
    const own = number === 1 ? text.replace(/^\uFEFF/, '') : text;
    if (own.trim() !== '') yield { text: own, number, isEnded };
  }
}

/** Not readline, which buffers lines of any length and does not recognize a truncated one. */
async function* splitLines(
  file: string,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Octets, void, undefined> {
  let parts: Uint8Array[] = [];
  let heldBytes = 0;
  let number = 0;
  for await (const chunk of bytes) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      number++;
      // A file of nothing but line ends is skipped without a promise for each.
      if (end > from || heldBytes > 0) {
        parts.push(chunk.subarray(from, end));
        yield { number, isEnded: true, octets: Buffer.concat(parts) };
      }
      parts = [];
      heldBytes = 0;
      from = end + 1;
    }
    parts.push(chunk.subarray(from));
    heldBytes += chunk.length - from;
    if (heldBytes > LONGEST_BYTES) throw unreadable(file, NO_RESULT);
  }
  if (heldBytes > 0) {
    yield { number: number + 1, isEnded: false, octets: Buffer.concat(parts) };
  }
}

/** Reads the first line and those that follow, in no more memory than a result takes. */
async function wholeOf(file: string, first: Line, lines: Lines): Promise<string> {
  const texts = [first.text];
  let characters = first.text.length;
  for await (const { text } of lines) {
    texts.push(text);
    characters += text.length;
    if (characters > LONGEST_BYTES) throw unreadable(file, NO_RESULT);
  }
  return texts.join('\n');
}

function unreadable(file: string, reason: string, cause?: unknown): Error {
  return createError('ECHOGRAM_ERR_RESULT_FILE', { file, reason }, cause);
}
