// SPDX-License-Identifier: MIT
// A page as an answer over HTTP, under the policy that stands in it.

import type { Reply } from '../http/reply.ts';
import { policyOf } from '../report/page-html.ts';

export function htmlReply(html: string): Reply {
  const policy = `${policyOf(html)}; frame-ancestors 'none'`;
  return {
    type: 'text/html; charset=utf-8',
    headers: { 'content-security-policy': policy },
    body: Buffer.from(html),
  };
}
