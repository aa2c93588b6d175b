// SPDX-License-Identifier: MIT
// The meaning of Node's error codes for lookups.

const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such name',
  ENODATA: 'the name has no record of that kind',
  ESERVFAIL: 'the name server failed',
  EREFUSED: 'the name server refuses to answer',
  ETIMEOUT: 'no name server answered in time',
  ECONNREFUSED: 'no name server listens',
  EAFNOSUPPORT: 'it is an address of the other IP version',
};

/** `there is no such name (ENOTFOUND)`. */
export function errorInWords(code: string): string {
  const words = WORDS[code];
  return words === undefined ? code : `${words} (${code})`;
}
