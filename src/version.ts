// SPDX-License-Identifier: MIT
// The version, here so that nothing reads package.json at start-up; a test holds the two equal.

export const VERSION = '0.1.0';
