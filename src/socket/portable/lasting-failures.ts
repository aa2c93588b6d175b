// SPDX-License-Identifier: MIT
// Permanent failures of a receive call: the descriptor or the call itself is refused. libuv would retry it at once, for
// ever.

export const LASTING_FAILURES: ReadonlySet<string> = new Set([
  'EBADF',
  'EINVAL',
  'ENOSYS',
  'ENOTSOCK',
  'EPERM',
]);
