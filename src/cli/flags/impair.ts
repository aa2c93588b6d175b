// SPDX-License-Identifier: MIT
// The flags of echogram impair: the options of a relay, and those of the command alone.

import { IMPAIR_OPTIONS } from '../../options/impair.ts';
import { SWITCH } from '../../options/kind.ts';
import { option } from '../../options/option.ts';

export const IMPAIR_FLAGS = {
  ...IMPAIR_OPTIONS,
  json: option(SWITCH, {
    flags: [
      { syntax: '--json', help: 'print one JSON object per line, with the counts each second' },
    ],
  }),
};

export const IMPAIR_HELP = `
Examples:
  echogram impair --to 127.0.0.1:7000 --port 7001 --plan loss=10%,delay=50ms±10ms,seed=42
  echogram impair --to [::1]:7000 --forward loss=5% --backward delay=80ms,reorder=2%
  echogram impair --to 192.0.2.7:7000 --host 0.0.0.0 --port 7001 --allow 198.51.100.0/24
  echogram impair --to 127.0.0.1:7000 --port 7001 --plan blackout=3s@10s/60s

A plan joins parts with commas: loss=10%, delay=50ms, delay=50ms±10ms, duplicate=1%, reorder=5%,
corrupt=0.1%, blackout=LENGTH[@START][/EVERY], seed=42.

Lines on standard input change the plans while the relay runs; a wrong line changes nothing:
  forward loss=10%                     set the plan for the way to the server
  backward delay=20ms                  set the plan for the way back
  plan loss=1%,seed=7                  set the plan for both
  off                                  no impairments; also: forward off, backward off

Each client gets its own socket to the server. There is no rate limit and no loop guard. Until a client
has answered a reply, it receives at most three times the bytes that it sent.

SIGQUIT (Ctrl-\\, on Windows Ctrl-Break) prints interim counts to standard error.`;
