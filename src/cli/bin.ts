#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// The program's first file. It answers --version itself, because loading the rest takes longer than Node's own start.

import { writeSync } from 'node:fs';
import { VERSION } from '../version.ts';

const STDOUT = 1;

/** @returns false if standard output did not take it: the rest of the program says why */
function writeVersion(): boolean {
  const line = `${VERSION}\n`;
  try {
    return writeSync(STDOUT, line) === line.length;
  } catch {
    return false;
  }
}

const words = process.argv.slice(2).join(' ');
const isAnswered = (words === '--version' || words === '-V') && writeVersion();
if (!isAnswered) void import('./main.ts');
