// SPDX-License-Identifier: MIT
// What runs: our version, here so that nothing reads package.json at start-up (a test holds the two
// equal), and the version and kind of what it runs on.

import { arch, platform } from 'node:os';
import { versions } from 'node:process';

export const VERSION = '0.1.0';

export const NODE_VERSION = versions.node;

/** Such as `linux x64`. */
export const PLATFORM = `${platform()} ${arch()}`;
