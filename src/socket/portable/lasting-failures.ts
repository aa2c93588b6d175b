// SPDX-License-Identifier: MIT
// Failures of a receive that no time heals: the descriptor or the call itself is refused. libuv would try it
// again for ever, and at once.

export const LASTING_FAILURES: ReadonlySet<string> = new Set([
  'EBADF',
  'EINVAL',
  'ENOSYS',
  'ENOTSOCK',
  'EPERM',
]);
