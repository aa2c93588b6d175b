// SPDX-License-Identifier: MIT
// The flags of echogram send: the options of a message, and those of the command alone.

import { SWITCH } from '../../options/kind.ts';
import { option } from '../../options/option.ts';
import { SEND_OPTIONS } from '../../options/send.ts';

export const SEND_FLAGS = {
  ...SEND_OPTIONS,
  hex: option(SWITCH, {
    flags: [{ syntax: '--hex', help: 'the message is pairs of hexadecimal digits' }],
  }),
  json: option(SWITCH, {
    flags: [{ syntax: '--json', help: 'print one JSON object instead of the transcript' }],
  }),
};

export const SEND_HELP = `
Examples:
  echogram send
  echogram send "hello" --host 192.0.2.7 --timeout 500ms --retries 2
  echogram send --hex "de ad be ef"
  head -c 1400 /dev/urandom | echogram send - --json`;
