// SPDX-License-Identifier: MIT
// How a load was measured.

import { element, section } from '../../../browser/dom.ts';
import { countOf, formatBytes, formatNs, formatRatio } from '../../../quantities.ts';
import type { LoadPageData } from '../../load-page-data.ts';
import { factList } from '../provenance.ts';

/** Everything needed to judge or repeat the measurement. */
export function loadProvenance({ command, result, schema }: LoadPageData): HTMLElement {
  const { tool, config, endedBy, target } = result;
  const dscp = config.dscp === null ? '' : `, DSCP ${config.dscp}`;
  return section(
    'provenance',
    'How it was measured',
    factList([
      ['Command', element('code', {}, command)],
      [
        'Method',
        'trials of a fixed rate, narrowed to a bracket as in RFC 9971; a trial passes without loss and without a growing queue',
      ],
      ['Program', `echogram ${tool.version}, Node ${tool.node}, ${tool.platform}`],
      ['Engine', tool.engine],
      ['Asked', `${target.host}, ${target.address} port ${target.port}, ${target.protocol}`],
      [
        'Datagrams',
        `${countOf(config.payloadBytes, 'octet')}, from ${countOf(config.sourcePorts, 'source port')}${dscp}`,
      ],
      [
        'Goal',
        `at most ${formatRatio(config.maxLossRatio)} lost; bracket of ${formatRatio(config.precisionRatio)}`,
      ],
      ['Budget', `${formatNs(config.budgetNs)}, ${formatBytes(config.budgetBytes)}`],
      ['Ended by', `${endedBy.code} ${endedBy.message ?? ''}`.trim()],
      ['Data', schema],
    ]),
  );
}
