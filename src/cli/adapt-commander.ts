// SPDX-License-Identifier: MIT
// Makes commander throw where it would exit, and say in one line what it would say in two.

import type { Command } from 'commander';
import { escapeText } from '../printable.ts';
import type { Io } from './io.ts';

/** `error: `, the message, and where there is one a second line with a suggestion. */
const COMMANDER_MESSAGE = /^(?:error: )?([^]*?)\.?(?:\n\(Did (you mean [^\n]*)\))?\n*$/;

/** Longer than any message without a word of the user's. */
const SHOWN_MESSAGE_CHARACTERS = 240;

/** Has it throw where it would exit, and write to our streams. */
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

/** The message is what the user wrote, in part: escaped, and cut where it is long. */
function oneLine(text: string, command: Command): string {
  const [, message = '', suggestion] = COMMANDER_MESSAGE.exec(text) ?? [];
  const what = escapeText(cut(message));
  if (suggestion !== undefined) return `${what}; did ${suggestion}`;
  const name = command.parent === null ? 'echogram' : `echogram ${command.name()}`;
  return `${what}; see '${name} --help'`;
}

/** Leaves the middle out: a long word of the user's stands between what is said of it. */
function cut(message: string): string {
  if (message.length <= SHOWN_MESSAGE_CHARACTERS) return message;
  const half = SHOWN_MESSAGE_CHARACTERS / 2;
  return `${message.slice(0, half)}…${message.slice(-half)}`;
}
