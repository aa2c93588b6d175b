// SPDX-License-Identifier: MIT
// The pages of a watch as one document: its script shows what the path asks for, with data from the API beside it.

import type { Reply } from '../http/reply.ts';
import { readPage } from '../package-files.ts';
import { fillPage } from '../report/page-html.ts';
import { htmlReply } from './html-reply.ts';

/** Where it answers. */
export const WATCH_PAGE_PATHS = ['/', '/target', '/matrix'] as const;

let made: Reply | undefined;

/** The same for everybody. */
export function watchPage(): Reply {
  made ??= htmlReply(
    fillPage(readPage('web/watch-page'), {
      CONNECT: "'self'",
      TITLE: 'echogram watch',
      DATA: '',
    }),
  );
  return made;
}
