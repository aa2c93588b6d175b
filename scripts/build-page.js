// Builds a page: the browser's TypeScript and its style sheet, bundled by esbuild and put into one HTML file that asks
// for nothing else. Writes page.html into the second folder.
// usage: node scripts/build-page.js src/report/page dist/report/page

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const TEMPLATE = 'src/browser/page.html';

const [source, folder] = process.argv.slice(2);

// Its notice must go where its code goes (MIT).
const licence = readFileSync('node_modules/uplot/LICENSE', 'utf8').trim();
const { outputFiles } = buildSync({
  entryPoints: [join(source, 'main.ts')],
  bundle: true,
  write: false,
  outdir: 'out',
  minify: true,
  charset: 'utf8',
  target: ['es2022', 'chrome111', 'firefox113', 'safari16.4'],
  banner: { js: `/*! uPlot 1.6, https://github.com/leeoniya/uPlot\n${licence}\n*/` },
});
const textOf = (extension) => {
  const { text } = outputFiles.find(({ path }) => path.endsWith(extension));
  // Nothing of a bundle may end the element that it stands in.
  return text
    .trim()
    .replaceAll('</script', String.raw`<\/script`)
    .replaceAll('<!--', String.raw`<\!--`);
};
const [script, style] = [textOf('.js'), textOf('.css')];
const hashOf = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const parts = {
  CSP: [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    // `{{CONNECT}}` is 'none' in a file, and 'self' where the page is live.
    'connect-src {{CONNECT}}',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; '),
  STYLE: `<style>${style}</style>`,
  SCRIPT: `<script>${script}</script>`,
};
const template = readFileSync(TEMPLATE, 'utf8');
const page = template.replace(/\{\{(CSP|STYLE|SCRIPT)\}\}/g, (_, name) => parts[name]);

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'page.html'), page);
