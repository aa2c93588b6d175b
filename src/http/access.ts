// SPDX-License-Identifier: MIT
// Who may read what a listener serves: whoever has its token, or the password of one of its users.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { PasswordCheck } from './passwords.ts';
import type { Reply } from './reply.ts';
import type { Asked, Gate } from './router.ts';

export interface Access {
  /** In the query as `token=…`, or as a bearer token (RFC 6750). */
  readonly token?: string | undefined;
  readonly passwords?: PasswordCheck | undefined;
}

const NEEDS_TOKEN: Reply = {
  status: 403,
  body: 'this page needs the token it was started with\n',
};

/** RFC 7617. */
const NEEDS_PASSWORD: Reply = {
  status: 401,
  headers: { 'www-authenticate': 'Basic realm="echogram", charset="UTF-8"' },
  body: 'this needs a user and a password\n',
};

const BUSY: Reply = {
  status: 503,
  headers: { 'retry-after': '5' },
  body: 'too many passwords are being checked; try again\n',
};

/** Lets everybody pass if neither a token nor passwords are set; else whoever has one of them. */
export function accessGate({ token, passwords }: Access): Gate {
  if (token === undefined && passwords === undefined) return () => undefined;
  const wanted = token === undefined ? undefined : digestOf(token);
  return async (asked) => {
    if (wanted !== undefined && hasToken(asked, wanted)) return undefined;
    if (passwords === undefined) return NEEDS_TOKEN;
    const verdict = await passwords.check(asked.headers.authorization);
    if (verdict === 'right') return undefined;
    return verdict === 'busy' ? BUSY : NEEDS_PASSWORD;
  };
}

/** Digests are equally long, so that the time to compare them tells nothing, not even a length. */
function hasToken({ query, headers }: Asked, wanted: Buffer): boolean {
  const [, bearer] = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  return timingSafeEqual(digestOf(query.get('token') ?? bearer ?? ''), wanted);
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
