// SPDX-License-Identifier: MIT
// The flags of echogram send: the options of a message, and those of the command alone.

import { SWITCH } from '../../options/kind.ts';
import { option } from '../../options/option.ts';
import { SEND_OPTIONS } from '../../options/send.ts';

export const SEND_FLAGS = {
  ...SEND_OPTIONS,
  hex: option(SWITCH, {
    flags: [{ syntax: '--hex', help: 'the message is hexadecimal' }],
  }),
  json: option(SWITCH, {
    flags: [{ syntax: '--json', help: 'print one JSON object instead of the transcript' }],
  }),
};

export const SEND_HELP = `
Examples:
  echogram send
  echogram send 192.0.2.7
  echogram send 192.0.2.7:7000 "hello" --timeout 500ms --retries 2
  echogram send "[fe80::1%eth0]:7000" "hello"
  echogram send localhost --hex "de ad be ef"
  head -c 1400 /dev/urandom | echogram send localhost - --json

With --interface the message leaves from an address of that interface; the system's routes choose the
interface.`;
