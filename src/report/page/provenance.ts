// SPDX-License-Identifier: MIT
// How it was measured.

import type { Measurement, PageData } from '../page-data.ts';
import { countOf, formatNs } from '../../quantities.ts';
import { element, section, type Child } from '../../browser/dom.ts';

/** How it was measured: everything needed to judge or repeat the measurement. */
export function provenance({ command, measurement, picture, schema }: PageData): HTMLElement {
  const { tool, config, timestamps, endedBy, target } = measurement;
  const facts: readonly (readonly [string, Child])[] = [
    ['Command', element('code', {}, command)],
    ['Program', `echogram ${tool.version}, Node ${tool.node}, ${tool.platform}`],
    ['Engine', tool.engine],
    ['Clock', clockText(timestamps)],
    ['Asked', `${target.host}, ${target.address} port ${target.port}, ${target.protocol}`],
    ['Probes', probesText(config)],
    [
      'Ended by',
      endedBy === null ? 'not known' : `${endedBy.code} ${endedBy.message ?? ''}`.trim(),
    ],
    [
      'Bins',
      `${countOf(picture.sent.length, 'column')} of ${formatNs(picture.columnNs)} by sending time; rows of 1/${picture.rowsPerOctave} octave of round-trip time; ${schema}`,
    ],
  ];
  return section('provenance', 'How it was measured', factList(facts));
}

export function factList(facts: readonly (readonly [name: string, value: Child])[]): HTMLElement {
  return element(
    'dl',
    { class: 'facts' },
    ...facts.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]),
  );
}

function probesText({
  schedule,
  intervalNs,
  timeoutNs,
  payloadBytes,
  ...rest
}: Measurement['config']): string {
  const dscp = rest.dscp === null ? '' : `, DSCP ${rest.dscp}`;
  const df = rest.dontFragment === null ? '' : `, DF bit ${rest.dontFragment}`;
  return `${countOf(payloadBytes, 'byte')}, ${schedule}, every ${formatNs(intervalNs)}, waited for ${formatNs(timeoutNs)}${dscp}${df}`;
}

function clockText(timestamps: Measurement['timestamps']): string {
  if (timestamps === null) return 'not known yet';
  const source = { kernel: "the kernel's timestamps", user: "this program's monotonic clock" };
  const { send, receive } = timestamps;
  if (send === receive) return `sending and receiving by ${source[send]}`;
  return `sending by ${source[send]}, receiving by ${source[receive]}`;
}
