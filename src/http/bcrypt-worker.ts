// SPDX-License-Identifier: MIT
// A thread that compares passwords with bcrypt hashes, one by one.

import { parentPort } from 'node:worker_threads';
import { compare } from 'bcryptjs';
import type { Comparison } from './passwords.ts';

parentPort!.on('message', ({ password, hash }: Comparison) => {
  void compare(password, hash).then((isEqual) => {
    parentPort!.postMessage(isEqual);
  });
});
