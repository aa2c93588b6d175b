// Writes the dashboards of deploy/grafana from their descriptions in this folder. With --check it writes nothing and fails
// if a file is stale. It runs from the repository's root.

import prettier from 'prettier';
import { writePage } from '../../scripts/generated-page.js';
import servers from './servers.js';
import targets from './targets.js';

const FOLDER = 'deploy/grafana/dashboards';

for (const dashboard of [servers, targets]) {
  const file = `${FOLDER}/${dashboard.uid}.json`;
  const text = JSON.stringify(withPanelIds(dashboard));
  const style = { ...(await prettier.resolveConfig(file)), filepath: file };
  writePage(file, await prettier.format(text, style), 'npm run dashboards');
}

/** Grafana gives ids of its own to panels without, and then shows the dashboard as changed. */
function withPanelIds(dashboard) {
  const panels = dashboard.panels.map((panel, at) => ({ ...panel, id: at + 1 }));
  return { ...dashboard, panels };
}
