// Writes deploy/kubernetes, for those without Helm, from the chart. With --check it writes nothing and fails if a file is
// stale. Needs helm, as $HELM or on the path.

import { spawnSync } from 'node:child_process';
import prettier from 'prettier';
import { writePage } from './generated-page.js';

const CHART = 'deploy/helm/echogram';

/** Names of files, and of the values that each is made of. */
const MANIFESTS = {
  mesh: 'defaults',
  'mesh-host-network': 'host-network',
  outside: 'outside',
  monitoring: 'monitoring',
};

const HEAD = `# Written from the chart in ${CHART} by npm run chart:manifests. Apply it with
#
#     kubectl apply --namespace NAMESPACE --filename FILE
#
# Where your nodes pull the image from: replace localhost/echogram.

`;

for (const [name, values] of Object.entries(MANIFESTS)) {
  const file = `deploy/kubernetes/${name}.yaml`;
  const style = { ...(await prettier.resolveConfig(file)), filepath: file };
  const text = await prettier.format(HEAD + withoutHelm(render(values)), style);
  writePage(file, text, 'npm run chart:manifests');
}

function render(values) {
  const args = ['template', 'echogram', CHART, '--values', `${CHART}/ci/${values}-values.yaml`];
  const helm = process.env.HELM ?? 'helm';
  const { status, stdout, stderr, error } = spawnSync(helm, args, { encoding: 'utf8' });
  if (status === 0) return stdout;
  process.stderr.write(`${helm} ${args.join(' ')}: ${error?.message ?? stderr}\n`);
  process.exit(1);
}

/** Labels that say who manages the objects, and comments that name templates. */
function withoutHelm(text) {
  return text.replace(
    /^\s*(helm\.sh\/chart:|app\.kubernetes\.io\/managed-by:|# Source:).*\n/gm,
    '',
  );
}
