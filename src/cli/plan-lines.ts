// SPDX-License-Identifier: MIT
// Reads new plans for a running relay from lines on standard input.

import { isatty } from 'node:tty';
import { systemCodeOf } from '../errors.ts';
import { IMPAIRMENT } from '../options/impairment.ts';
import { wrongText } from '../options/kind.ts';
import type { RelayPlans } from '../relay/relay-events.ts';
import type { PlanChange } from '../relay/relay-options.ts';
import type { Input } from './io.ts';
import { JOBS } from './job-control.ts';

/** A longer line is not a plan. */
const LONGEST_LINE = 4096;

const OFF = 'off';

const LINE = /^(forward|backward|plan)\s+(\S.*)$/;

/**
 * Reads one line: `forward loss=10%`, `backward delay=20ms`, `plan loss=1%`, `off`, or a direction and `off`.
 *
 * @throws OptionError `ECHOGRAM_ERR_OPTION_VALUE`
 */
export function readPlanLine(line: string): PlanChange {
  if (line === OFF) return { plan: {} };
  const [, name = '', text = ''] = LINE.exec(line) ?? [];
  if (name === '') {
    const rule = `'${OFF}', or forward, backward or plan with a plan or '${OFF}' after it`;
    throw wrongText('a line on standard input', rule, line, "write 'forward loss=10%'");
  }
  return { [name]: text === OFF ? {} : IMPAIRMENT.text!.read(name, text) };
}

/** The lines that set these plans. */
export function planLines({ forward, backward }: RelayPlans): readonly string[] {
  return [`forward ${textOf(forward)}`, `backward ${textOf(backward)}`];
}

function textOf(plan: RelayPlans['forward']): string {
  const text = IMPAIRMENT.text!.write(plan);
  return text === '' ? OFF : text;
}

/** Receives the lines. */
export interface LineListener {
  onLine(line: string): void;
  /** Called with the reason if nothing more can be read. */
  onFailure(reason: string): void;
}

/** Reads trimmed, non-empty lines until the input ends. */
export async function readLines(input: Input, listener: LineListener): Promise<void> {
  // The system would stop a background program that reads its terminal.
  if (isatty(input.fd) && !JOBS.isInForeground()) {
    listener.onFailure('it is a terminal, and the program was started in the background');
    return;
  }
  try {
    for await (const line of linesOf(input)) listener.onLine(line);
  } catch (error) {
    listener.onFailure(systemCodeOf(error));
  }
}

async function* linesOf(input: Input): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of input) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    // Text after the limit can't make it a plan again.
    rest = lines.pop()!.slice(0, LONGEST_LINE);
    yield* trimmed(lines);
  }
  yield* trimmed([rest]);
}

function trimmed(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}
