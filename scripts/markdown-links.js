// Links of Markdown files to other files of the same folder: which of them lead nowhere.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** Not ours, or made. */
const LEFT_OUT = /^(node_modules|dist|coverage|\..+)$/;

/**
 * The links of all Markdown files below a folder whose file or heading is not there, or is outside of the
 * folder: `docs/a.md: b.md#heading`. Links to other hosts are not followed.
 */
export function brokenLinks(folder) {
  return markdownFiles(folder).flatMap((file) =>
    linksOf(readFileSync(file, 'utf8'))
      .filter((link) => !leadsSomewhere(folder, file, link))
      .map((link) => `${relative(folder, file)}: ${link}`),
  );
}

/** Every Markdown file below a folder. */
export function markdownFiles(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !LEFT_OUT.test(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return markdownFiles(path);
      return entry.name.endsWith('.md') ? [path] : [];
    });
}

function linksOf(markdown) {
  const text = markdown.replaceAll(/^```[^]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '``');
  const inline = text.matchAll(/\]\(\s*<?([^)\s>]+)/g);
  const defined = text.matchAll(/^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)/gm);
  const html = text.matchAll(/<[^>]+\s(?:src|href|srcset)="([^"]+)"/g);
  return [...inline, ...defined, ...html]
    .map(([, link]) => link)
    .filter((link) => !/^[a-z][a-z\d+.-]*:/i.test(link));
}

function leadsSomewhere(folder, file, link) {
  const [path, heading] = link.split('#');
  const target = path === '' ? file : resolve(dirname(file), decodeURI(path));
  if (relative(folder, target).startsWith('..') || !existsSync(target)) return false;
  if (heading === undefined) return true;
  return target.endsWith('.md') && anchorsOf(readFileSync(target, 'utf8')).has(heading);
}

/** As GitHub makes them of headings: lower case, without punctuation, spaces as hyphens. */
function anchorsOf(markdown) {
  const headings = markdown.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/^#{1,6} +(.+?) *#*$/gm);
  const counts = new Map();
  const anchors = new Set();
  for (const [, heading] of headings) {
    const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = words.replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '').replaceAll(' ', '-');
    const before = counts.get(anchor) ?? 0;
    counts.set(anchor, before + 1);
    anchors.add(before === 0 ? anchor : `${anchor}-${before}`);
  }
  return anchors;
}
