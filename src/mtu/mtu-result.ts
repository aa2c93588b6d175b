// SPDX-License-Identifier: MIT
// The result of a search for the path MTU as data, from which every output is made. Its types are those of its schema.

export type * from './result-types.ts';
