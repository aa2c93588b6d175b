// SPDX-License-Identifier: MIT
// A search for the path MTU for people: what was found in sentences, and a table of the sizes tried.

import type { MtuProgress } from '../mtu/mtu-options.ts';
import type { MtuResult, MtuTarget, MtuThreshold, TriedSize } from '../mtu/mtu-result.ts';
import { formatHostPort } from '../host-port.ts';
import { escapeText } from '../printable.ts';
import { countOf, formatCount, formatNs } from '../quantities.ts';
import { alignColumns } from './text-table.ts';
import { wrapWords } from './wrap-words.ts';

/** `path MTU to host.example (192.0.2.7:10000), echo` */
export function mtuHeading({ host, address, port, protocol }: MtuTarget): string {
  const where = formatHostPort(address, port);
  const name = host === address ? where : `${host} (${where})`;
  return `path MTU to ${escapeText(name)}, ${protocol}`;
}

/** `37 datagrams in 1.2 s: there at least 1,400 octets, at most 1,500` */
export function mtuProgressLine({ sent, elapsedNs, range }: MtuProgress): string {
  const spent = `${countOf(sent, 'datagram')} in ${formatNs(elapsedNs)}`;
  const from = range?.from ?? null;
  if (from === null) return `${spent}: no reply yet`;
  const to = range?.to ?? null;
  const most = to === null ? '' : `, at most ${formatCount(to)}`;
  return `${spent}: there at least ${countOf(from, 'octet')}${most}`;
}

/** @param columns  the width of the terminal; Infinity if there is none */
export function mtuText(
  result: MtuResult,
  isVerbose: boolean,
  columns = Infinity,
): readonly string[] {
  const { verdict, controls, durationNs, rttNs } = result;
  const lines = verdict.sentences.flatMap((sentence) => wrapWords(sentence, columns));
  if (!isVerbose) return lines;
  const { sent, received } = controls;
  const control = `${countOf(sent, 'control')} sent, ${formatCount(received)} received, round trip ${formatNs(rttNs)}, ${formatNs(durationNs)} in all`;
  return [...lines, '', ...alignColumns(tableOf(result.sizes)), '', control];
}

/** `--min-mtu 1500 does not hold: at most 1,400 octets are known to pass both ways` */
export function missedMtuLine({ limit, actual, reason }: MtuThreshold): string {
  const asked = `--min-mtu ${limit} does not hold`;
  if (actual === null) return `${asked}: what passes is unknown, because ${reason ?? ''}`;
  return `${asked}: at most ${countOf(actual, 'octet')} are known to pass both ways`;
}

const HEAD = ['size', 'payload', 'fragmented', 'sent', 'whole', 'in fragments', 'lost', 'ICMP'];

const WHO: Readonly<Record<TriedSize['fragmentation'], string>> = {
  whole: 'never',
  'by-routers': 'by routers',
  'at-source': 'here',
};

function tableOf(sizes: readonly TriedSize[]): readonly (readonly string[])[] {
  return [HEAD, ...sizes.map(rowOf)];
}

function rowOf(tried: TriedSize): readonly string[] {
  const { size, payload, sent, whole, fragmented, largestFragment, lost, arrived } = tried;
  const fragments = largestFragment === null ? '' : ` (${largestFragment})`;
  return [
    String(size),
    String(payload),
    WHO[tried.fragmentation],
    String(sent),
    String(whole),
    `${fragmented}${fragments}`,
    arrived === 0 ? String(lost) : `${lost} (${arrived} arrived)`,
    icmpCell(tried),
  ];
}

function icmpCell(tried: TriedSize): string {
  const { tooBig, tooLong, icmpErrors } = tried;
  if (tooLong > 0) return 'too long for the interface';
  const parts = [
    ...(tooBig === 0 ? [] : [tooBigWords(tried)]),
    ...(icmpErrors === 0 ? [] : [`${icmpErrors} other than "too big"`]),
  ];
  return parts.length === 0 ? '-' : parts.join(', ');
}

/** `3 from 192.0.2.254 (MTU 1400)` */
function tooBigWords({ tooBig, router, nextHopMtu }: TriedSize): string {
  const from = router === null ? '' : ` from ${escapeText(router)}`;
  const says = nextHopMtu === null || nextHopMtu === 0 ? '' : ` (MTU ${nextHopMtu})`;
  return `${tooBig}${from}${says}`;
}
