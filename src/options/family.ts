// SPDX-License-Identifier: MIT
// The option to use only addresses of one IP version.

import { oneOf } from './kind.ts';
import { option } from './option.ts';

export const FAMILY = option(oneOf(4, 6), {
  flags: [
    { syntax: '-4, --ipv4', help: 'use only IPv4 addresses', value: 4 },
    { syntax: '-6, --ipv6', help: 'use only IPv6 addresses', value: 6 },
  ],
});
