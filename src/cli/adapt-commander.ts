// SPDX-License-Identifier: MIT
// Makes commander throw instead of exiting, and puts its two-line messages on one line.

import type { Command } from 'commander';
import { escapeText } from '../printable.ts';
import type { Io } from './io.ts';

/** `error: `, the message, and possibly a second line with a suggestion. */
const COMMANDER_MESSAGE = /^(?:error: )?([^]*?)\.?(?:\n\(Did (you mean [^\n]*)\))?\n*$/;

/** Longer than any message without user input. */
const SHOWN_MESSAGE_CHARACTERS = 240;

/** Makes it throw instead of exiting, and write to our streams. */
export function adaptCommander(command: Command, io: Io): void {
  command
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .allowExcessArguments(false)
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => {
        io.stdout.data(text.trimEnd());
      },
      writeErr: (text) => {
        io.stderr.data(text.trimEnd());
      },
      outputError: (text, write) => {
        write(`echogram: ${oneLine(text, command)}`);
      },
    });
}

/** The message contains user input, so it is escaped, and truncated if it is long. */
function oneLine(text: string, command: Command): string {
  const [, message = '', suggestion] = COMMANDER_MESSAGE.exec(text) ?? [];
  const what = escapeText(cut(message));
  if (suggestion !== undefined) return `${what}; did ${suggestion}`;
  const name = command.parent === null ? 'echogram' : `echogram ${command.name()}`;
  return `${what}; see '${name} --help'`;
}

/** Omits the middle: a long user input stands between the words of the message. */
function cut(message: string): string {
  if (message.length <= SHOWN_MESSAGE_CHARACTERS) return message;
  const half = SHOWN_MESSAGE_CHARACTERS / 2;
  return `${message.slice(0, half)}…${message.slice(-half)}`;
}
