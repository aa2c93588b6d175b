// Packs the package, installs the tarball in an empty project and uses it as a stranger would: its
// program, its module by import, and by require, its documents. Run it through npm: npm run check-pack

import { strict as assert } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brokenLinks, markdownFiles } from './markdown-links.js';
import { install, npm, run, withPackedPackage } from './packed-package.js';

const USE = `
const main = async () => {
  const server = await serve({ port: 0 });
  const { matches } = await send('packed', { port: server.port });
  await server.close();
  console.log(matches);
};
main();
`;

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
await withPackedPackage((project, tarball) => {
  install(project, tarball);

  says('echogram --version', npm(project, 'exec', '--no', '--', 'echogram', '--version'), version);
  writeFileSync(join(project, 'by-import.mjs'), `import { serve, send } from 'echogram';${USE}`);
  says('by import', run(project, process.execPath, ['by-import.mjs']), 'true');
  writeFileSync(
    join(project, 'by-require.cjs'),
    `const { serve, send } = require('echogram');${USE}`,
  );
  says('by require', run(project, process.execPath, ['by-require.cjs']), 'true');

  const installed = join(project, 'node_modules', 'echogram');
  assert.ok(markdownFiles(installed).length > 10, 'the documents are not in the tarball');
  says('links that lead nowhere', brokenLinks(installed).join('\n'), '');
});

function says(what, output, expected) {
  assert.equal(output.trim(), expected, what);
  process.stdout.write(`${what}: ${expected === '' ? 'none' : expected}\n`);
}
