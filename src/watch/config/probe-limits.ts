// SPDX-License-Identifier: MIT
// The limits of a probe's durations, in a file and on the command line.

/** 100 probes per second to a target are more than an echogram with seconds can show. */
export const INTERVAL_LIMITS = { minMs: 10, maxMs: 3_600_000 };

export const TIMEOUT_LIMITS = { minMs: 1, maxMs: 60_000 };
