// Writes the bill of materials of the package as CycloneDX, after package-lock.json: what is installed with it anywhere, on
// whatever platform. npm makes it. Run it through npm: npm run sbom -- FILE

import { strict as assert } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import { npm } from '../packed-package.js';

const [file] = process.argv.slice(2);
assert.ok(file !== undefined, 'a file to write to');
const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));

const options = ['--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
const bill = JSON.parse(
  npm(process.cwd(), 'sbom', '--package-lock-only', '--omit', 'dev', ...options),
);
// npm takes the name of the folder.
bill.metadata.component.name = name;
check(bill);
writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`);
process.stdout.write(`${file}: ${bill.components.length} components of ${name} ${version}\n`);

/** Each package that the lock file installs in production is there, with its version, licence and URL. */
function check({ bomFormat, specVersion, metadata, components }) {
  assert.equal(bomFormat, 'CycloneDX');
  assert.match(specVersion, /^1\.\d$/);
  assert.equal(metadata.component.version, version);
  const listed = new Map(components.map((one) => [`${one.name}@${one.version}`, one]));
  for (const [id, { integrity }] of locked()) {
    const one = listed.get(id);
    assert.ok(one !== undefined, `${id} is missing`);
    assert.ok(one.licenses?.length > 0, `${id} has no licence`);
    assert.ok(one.purl.startsWith('pkg:npm/'), `${id} has no package URL`);
    assert.ok(integrity === undefined || one.hashes?.length > 0, `${id} has no hash`);
    listed.delete(id);
  }
  assert.deepEqual([...listed.keys()], [], 'not in package-lock.json');
}

function locked() {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, one]) => [`${path.replace(/^.*node_modules\//, '')}@${one.version}`, one]);
}
