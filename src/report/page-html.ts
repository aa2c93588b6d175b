// SPDX-License-Identifier: MIT
// A page as one HTML document: the template that the build made, with data in it.

import { readFileSync } from 'node:fs';
import type { PageData } from './page-data.ts';

let template: string | undefined;

function loadTemplate(): string {
  template ??= readFileSync(new URL('page/page.html', import.meta.url), 'utf8');
  return template;
}

/** The page of a measurement, to be kept: it needs nothing else, and asks nobody for anything. */
export function pageHtml(data: PageData): string {
  const { host } = data.measurement.target;
  return fill({
    CONNECT: "'none'",
    TITLE: escapeMarkup(`echogram of ${host}`),
    DATA: dataText(data),
  });
}

/** The page that gets its data as it comes, from `events` beside it. */
export function livePageHtml(): string {
  return fill({ CONNECT: "'self'", TITLE: 'echogram, live', DATA: '' });
}

/** The Content-Security-Policy that stands in a page. */
export function policyOf(html: string): string {
  return /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!;
}

function fill(values: Readonly<Record<string, string>>): string {
  return loadTemplate().replace(
    /\{\{(CONNECT|TITLE|DATA)\}\}/g,
    (_, name: string) => values[name]!,
  );
}

/** JSON that can't end the element that it stands in, nor begin a comment there. */
function dataText(data: PageData): string {
  const json = JSON.stringify(data).replaceAll('<', String.raw`\u003c`);
  return `<script type="application/json" id="data">${json}</script>`;
}

function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
