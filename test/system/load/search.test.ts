// The search on thousands of simulated paths.

import { test } from 'node:test';
import {
  BUSY_HOSTS,
  checkBusyHost,
  checkLink,
  checkPolicer,
  LINKS,
  onPaths,
  POLICERS,
} from '../../helpers/searched-load.ts';

const RUNS = 1000;

test('the brackets of 1,000 links contain their rates', async () => {
  await onPaths(LINKS, checkLink, RUNS);
});

test('the brackets of 1,000 policers contain their rates and bursts', async () => {
  await onPaths(POLICERS, checkPolicer, RUNS);
});

test('1,000 busy hosts never blame the path', async () => {
  await onPaths(BUSY_HOSTS, checkBusyHost, RUNS);
});
