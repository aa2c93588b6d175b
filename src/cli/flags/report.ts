// SPDX-License-Identifier: MIT
// The flag of echogram report.

import { dependent, option } from '../../options/option.ts';
import { OUTPUT_NAME } from '../flag-values.ts';

export const REPORT_FLAGS = {
  output: option(OUTPUT_NAME, {
    default: dependent('the name of the input with .html, or - if the input is -'),
    flags: [{ syntax: '-o, --output <file>', help: 'the page; - is standard output' }],
  }),
};

export const REPORT_HELP = `
Examples:
  echogram ping 192.0.2.7 -c 600 -i 100ms --jsonl path.jsonl
  echogram report path.jsonl             writes path.html
  echogram report result.json -o -       the page on standard output
  xz -dc path.jsonl.xz | echogram report - > path.html

The page is one file that loads nothing else: it opens from a disk or a mail. A recording that was
cut short is shown as far as it goes.`;
