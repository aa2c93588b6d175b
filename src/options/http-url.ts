// SPDX-License-Identifier: MIT
// The URL of a server on the web. It may contain a user and a password, which errors, logs and pages must not show.

import { createError } from '../errors.ts';
import type { Kind } from './kind.ts';

const RULE = 'a URL that begins with http:// or https://';

/** @param example  the URL that an error suggests */
export function httpUrl(example: string): Kind<string> {
  return {
    rule: RULE,
    accepts: (value) => typeof value === 'string',
    text: {
      read(name, text) {
        if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
          throw wrongUrl(name, RULE, `write ${example}`);
        }
        const url = new URL(text);
        if (isDecodable(url)) return url.href;
        throw wrongUrl(
          name,
          'a URL whose user and password are percent-encoded',
          'write %25 for %',
        );
      },
      write: String,
    },
  };
}

/** Without the value. */
function wrongUrl(option: string, rule: string, remedy: string): Error {
  return createError('ECHOGRAM_ERR_OPTION_VALUE', { option, rule, remedy });
}

function isDecodable(url: URL): boolean {
  try {
    userAndPassword(url);
    return true;
  } catch {
    return false;
  }
}

/**
 * `user:password`, decoded; empty if the URL has neither.
 *
 * @throws URIError if they are not percent-encoded; `httpUrl` accepts no such URL
 */
export function userAndPassword({ username, password }: URL): string {
  if (username === '' && password === '') return '';
  return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
}

export function withoutUser(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare;
}

/** The URL in the form in which it may be shown: without user, password and query. */
export function shownUrl(url: string | URL): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
