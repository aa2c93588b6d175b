// SPDX-License-Identifier: MIT
// The flags of echogram report.

import { SWITCH } from '../../options/kind.ts';
import { dependent, option } from '../../options/option.ts';
import { OUTPUT_NAME } from '../flag-values.ts';

export const REPORT_FLAGS = {
  output: option(OUTPUT_NAME, {
    default: dependent('the input name with .html, or - if the input is -'),
    flags: [{ syntax: '-o, --output <file>', help: 'HTML file to write; - is standard output' }],
  }),
  text: option(SWITCH, {
    flags: [
      {
        syntax: '--text',
        help: 'print the summary as text instead, as ping or load did',
        conflicts: ['--output'],
      },
    ],
  }),
};

export const REPORT_HELP = `
Examples:
  echogram ping 192.0.2.7 -c 600 -i 100ms --jsonl path.jsonl
  echogram report path.jsonl             write path.html
  echogram report result.json -o -       write the report to standard output
  echogram load 192.0.2.7 --json > load.json
  echogram report load.json --text       print its summary again
  xz -dc path.jsonl.xz | echogram report - > path.html

The report is one self-contained HTML file: it opens offline or from an e-mail attachment. A
truncated recording is shown up to where it ends.`;
