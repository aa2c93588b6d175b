// Has `echogram watch --check` read each configuration in rendered manifests:
//
//   node scripts/check-configurations.js PROGRAM FILE…
//
// PROGRAM is dist/cli/bin.cjs, or that of another build.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

const [program, ...files] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'echogram-configurations-'));
try {
  for (const file of files) checkFile(file);
} finally {
  rmSync(folder, { recursive: true });
}

function checkFile(file) {
  const objects = parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS());
  for (const { metadata, data } of objects.filter((object) => object?.data?.['watch.yaml'])) {
    const path = join(folder, 'watch.yaml');
    writeFileSync(path, data['watch.yaml']);
    const args = [program, 'watch', '--config', path, '--check'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    process.stdout.write(
      `${file}: ${metadata.name}: ${status === 0 ? stdout.split('\n')[0] : stderr}\n`,
    );
    if (status !== 0) process.exitCode = 1;
  }
}
