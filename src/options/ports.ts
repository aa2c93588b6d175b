// SPDX-License-Identifier: MIT
// The default ports, and the kinds of option for ports.

import { wholeNumber } from './kind.ts';

/** The lesson's port. */
export const ECHO_PORT = 10_000;

/** The port of STAMP and TWAMP-Test reflectors (RFC 8762 section 4.1). */
export const STAMP_PORT = 862;

/** A UDP port to bind: 0 asks the system for a free one. */
export const BIND_PORT = wholeNumber(0, 65_535);

/** A UDP port to send to. */
export const REMOTE_PORT = wholeNumber(1, 65_535);
