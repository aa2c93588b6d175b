// SPDX-License-Identifier: MIT
// Permanent failures of a receive call: the descriptor or the call itself is refused.

import { EBADF, EFAULT, EINVAL, ENOSYS, ENOTSOCK, EPERM } from './constants.ts';

export const LASTING_FAILURES: ReadonlySet<number> = new Set([
  EPERM,
  EBADF,
  EFAULT,
  EINVAL,
  ENOSYS,
  ENOTSOCK,
]);
