// SPDX-License-Identifier: MIT
// The version of this package, defined here so that nothing reads package.json at start-up (a test keeps the two
// equal), and the version and kind of its platform.

import { arch, platform } from 'node:os';

export const VERSION = '0.1.0';

// Not imported from 'node:process', because that calls every getter of the global: 4 ms per thread.
export const NODE_VERSION = process.versions.node;

/** For example `linux x64`. */
export const PLATFORM = `${platform()} ${arch()}`;
