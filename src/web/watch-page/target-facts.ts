// SPDX-License-Identifier: MIT
// How a target is probed, and what was counted of it, as tables.

import { element, table } from '../../browser/dom.ts';
import { formatCount, formatNs } from '../../quantities.ts';
import { sentOf, type CountName } from '../../watch/counts.ts';
import type { ApiTargetDetails } from '../watch-api.ts';

export function settingsOf({ status, watch }: ApiTargetDetails): HTMLElement {
  const { target, address, resolveError, addressChanges, resolveFailures } = status;
  const { probe, ipVersion } = target;
  const facts: readonly (readonly [string, string])[] = [
    ['Asked', `${target.host} port ${target.port}`],
    ['Address', addressText(address?.address, resolveError)],
    [
      'Name',
      `${formatCount(addressChanges)} address changes, ${formatCount(resolveFailures)} failures to resolve`,
    ],
    ['Probe', `${probe.name}: ${probe.protocol}${probe.isAuthenticated ? ', authenticated' : ''}`],
    ['Interval', formatNs(probe.intervalMs * 1e6)],
    ['Timeout', `${formatNs(probe.timeoutMs * 1e6)}; lost after twice that`],
    ['Payload', `${formatCount(probe.payloadBytes)} bytes`],
    ['Source ports', formatCount(probe.flows)],
    ...(probe.dscp === undefined ? [] : [['DSCP', String(probe.dscp)] as const]),
    ['IP version', ipVersion === undefined ? 'the first address found' : String(ipVersion)],
    ['Probed by', `${watch.node}, echogram ${watch.version}, ${watch.engine} engine`],
  ];
  return element(
    'dl',
    { class: 'facts' },
    ...facts.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]),
  );
}

function addressText(address: string | undefined, resolveError: string | null): string {
  if (address === undefined) return `none yet: ${resolveError ?? 'not resolved'}`;
  return resolveError === null ? address : `${address}, the last good one: ${resolveError}`;
}

/** They stand there also without any. */
const ALWAYS: readonly CountName[] = ['received', 'late', 'lost'];

const COUNT_WORDS: Readonly<Record<CountName, string>> = {
  received: 'received in time',
  late: 'late',
  lost: 'lost',
  lostForward: 'of the lost: on the way there',
  lostBackward: 'of the lost: on the way back',
  portUnreachable: 'of the lost: ICMP port unreachable',
  icmpErrors: 'of the lost: other ICMP errors',
  duplicate: 'duplicate replies',
  reordered: 'reordered replies',
  corrupted: 'altered replies',
  unaltered: 'replies in another protocol',
  unauthenticated: 'replies with another key',
  stray: 'datagrams that answer no probe',
  sendFailed: 'not sent: refused by the system',
  skipped: 'left out: this host was late',
  unresolved: 'left out: the name had no address',
  abandoned: 'abandoned: the address changed, or the target left',
};

export function countsTable({ counts }: ApiTargetDetails): HTMLElement {
  const names = (Object.keys(COUNT_WORDS) as CountName[]).filter(
    (name) => counts[name] > 0 || ALWAYS.includes(name),
  );
  const rows = names.map((name) => [COUNT_WORDS[name], formatCount(counts[name])]);
  const all = [['sent', formatCount(sentOf(counts))], ...rows];
  const note = element('p', { class: 'note' }, 'Of everything else nothing was counted.');
  return element('div', {}, table('Counted since it was added', ['What', 'Count'], all), note);
}
