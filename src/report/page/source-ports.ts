// SPDX-License-Identifier: MIT
// How each source port fared: a strip to compare them, and their figures.

import type { PageData } from '../page-data.ts';
import { formatCount, formatNs, formatRatio } from '../../quantities.ts';
import { element, folded, note, section, table } from '../../browser/dom.ts';

/** A strip with a column for each port, with the figures below. */
export function sourcePorts({ measurement }: PageData): HTMLElement {
  const { streams } = measurement;
  const title = 'Source ports';
  if (streams.length < 2) {
    const [only] = streams;
    const text = only === undefined ? 'None.' : `All probes left from port ${only.sourcePort}.`;
    return section('ports', title, note(`${text} --flows looks at several paths.`));
  }
  const slowest = Math.max(1, ...streams.map(({ rttMeanNs }) => rttMeanNs ?? 0));
  const worst = Math.max(0.01, ...streams.map(({ lossRatio }) => lossRatio ?? 0));
  const column = (share: number, kind: string, title: string): HTMLElement => {
    const filled = element('span', { class: `fill ${kind}` });
    filled.style.height = `${share * 100}%`;
    return element('span', { class: 'port', title }, filled);
  };
  const strip = element(
    'div',
    { class: 'strip', 'aria-hidden': 'true' },
    ...streams.map(({ sourcePort, lossRatio, rttMeanNs }) => {
      const text = `port ${sourcePort}: ${formatRatio(lossRatio)} lost, ${formatNs(rttMeanNs)}`;
      return element(
        'span',
        {},
        column((lossRatio ?? 0) / worst, 'cause-path', text),
        column((rttMeanNs ?? 0) / slowest, 'rtt', text),
      );
    }),
  );
  const rows = streams.map(({ sourcePort, sent, received, lost, late, lossRatio, rttMeanNs }) => [
    String(sourcePort),
    ...[sent, received, lost, late].map(formatCount),
    formatRatio(lossRatio),
    formatNs(rttMeanNs),
  ]);
  const head = ['Port', 'Sent', 'Received', 'Lost', 'Late', 'Loss', 'Mean RTT'];
  return section(
    'ports',
    title,
    note(
      `If a network balances its load, each port may take a different path. Above: loss, up to ${formatRatio(worst)}; below: mean round-trip time, up to ${formatNs(slowest)}.`,
    ),
    strip,
    folded(`Figures of ${streams.length} ports`, () => table('Source ports', head, rows)),
  );
}
