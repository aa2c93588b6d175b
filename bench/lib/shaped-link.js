// SPDX-License-Identifier: MIT
// The shaped link on which searches for a rate are compared: its rate is known by hand.

/** 64 octets of payload are frames of 106 to tbf: 1 Mbit/s are 1,179.245 of them a second. */
export const TRUE_PPS = 1e6 / 848;

/** Arguments of `tc qdisc add dev … root`. */
export const SHAPER = ['tbf', 'rate', '1mbit', 'burst', '1600', 'limit', '10600'];

/** Before all other programs, as on an idle machine. */
export const REAL_TIME = ['chrt', '-f', '10'];
