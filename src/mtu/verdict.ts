// SPDX-License-Identifier: MIT
// What a search found, in a code and a few sentences that follow from its result alone (docs/mtu.md).

import { countOf, formatCount } from '../quantities.ts';
import type {
  BackwardMtu,
  ForwardMtu,
  MtuRange,
  MtuResult,
  MtuVerdict,
  MtuVerdictCode,
} from './mtu-result.ts';
import type { UnansweredCode } from './unanswered.ts';

/** All of a result but the verdict. */
export type MeasuredMtu = Omit<MtuResult, 'verdict'>;

/** A verdict on sizes; without any reply, unanswered.ts has it. */
export type FoundCode = Exclude<MtuVerdictCode, UnansweredCode>;

export function judgeMtu(code: FoundCode, measured: MeasuredMtu): MtuVerdict {
  return { code, sentences: sentencesFor(code, measured).filter((one) => one !== undefined) };
}

function sentencesFor(code: FoundCode, measured: MeasuredMtu): (string | undefined)[] {
  const { controls } = measured;
  switch (code) {
    case 'LARGEST_ECHO':
      return [largestEcho(measured), ENGINE_LIMIT, cutOff(measured)];
    case 'TOO_LOSSY':
      return [
        `Too much is lost to say anything of sizes: of ${countOf(controls.sent, 'small datagram')}, ${formatCount(controls.received)} came back.`,
      ];
    case 'UNSETTLED':
      return [
        `No size could be confirmed: ${measured.routeChanges > 0 ? 'the route changed each time' : 'the results contradict each other'}. Try again later.`,
      ];
    case 'STOPPED':
      return ['Stopped before the search was over; so far:', there(measured), back(measured)];
    case 'DIRECTION_UNKNOWN':
      return [there(measured), back(measured), ...unknownDirection(measured), ...rest(measured)];
    case 'FOUND':
      return [there(measured), back(measured), ...rest(measured)];
  }
}

function rest(measured: MeasuredMtu): (string | undefined)[] {
  return [above(measured), cutOff(measured), changes(measured)];
}

/** `1,400 octets (payload 1,372)` */
function exact({ mtu, payload }: ForwardMtu | BackwardMtu): string {
  return `${countOf(mtu!, 'octet')} (payload ${formatCount(payload!)})`;
}

function there({ forward }: MeasuredMtu): string {
  const { mtu, range, limitedBy, router } = forward;
  if (limitedBy === 'none-up-to') {
    return `There: ${countOf(range.from!, 'octet')}, the longest datagram of UDP, or more.`;
  }
  if (mtu === null) return `There: ${rangeWords(range)}.`;
  const by = {
    interface: "limited by this host's interface",
    ptb: router === '' || router === null ? 'limited by a router' : `limited by ${router}`,
    silent: 'longer packets vanish, and no ICMP error that can be true says why',
    unknown: '',
  }[limitedBy];
  return `There: ${exact(forward)}, ${by}.`;
}

function back({ backward }: MeasuredMtu): string {
  const { mtu, range, how, cause } = backward;
  if (how === 'silent' && mtu !== null) {
    return `Back: ${exact(backward)}, longer replies vanish, and the server did not learn it.`;
  }
  if (how !== 'fragments') return `Back: ${rangeWords(range)}.`;
  const size = mtu === null ? rangeWords(range) : exact(backward);
  switch (cause) {
    case 'icmp':
      return `Back: ${size}, the server learnt it from ICMP.`;
    case 'cut':
      return `Back: ${size}, longer replies come in fragments.`;
    case null:
      return `Back: ${size}, longer replies come in fragments (whether the server learnt it just now is unknown).`;
  }
}

function rangeWords({ from, to }: MtuRange): string {
  if (from === null) return 'unknown';
  if (to === null) return `at least ${countOf(from, 'octet')}`;
  return `between ${formatCount(from)} and ${countOf(to, 'octet')}`;
}

function unknownDirection({ forward, target }: MeasuredMtu): string[] {
  const { from } = forward.range;
  const why = `Above ${countOf(from ?? 0, 'octet')} nothing comes back, and no ICMP error that can be true says why; in which direction the packets vanish is unknown, because`;
  if (target.protocol === 'echo') {
    return [
      `${why} a plain echo server does not report what it received. A stateful STAMP reflector does (echogram serve --stamp --stamp-stateful, and mtu --protocol stamp).`,
    ];
  }
  return [`${why} the other end does not count its replies to us alone.`];
}

function above({ fragments, forward, interfaceMtu }: MeasuredMtu): string | undefined {
  const { local, router } = fragments;
  const parts = [
    local === 'pass' ? 'fragments of longer datagrams pass' : undefined,
    local === 'dropped'
      ? 'longer datagrams that this host fragments do not come back (fragments are dropped, or they or the replies are too long)'
      : undefined,
    router === 'pass' ? 'routers fragment what may be fragmented' : undefined,
    router === 'dropped' ? 'what routers may fragment does not come back either' : undefined,
  ].filter((part) => part !== undefined);
  if (parts.length === 0) return undefined;
  const limit = forward.mtu ?? forward.range.from ?? interfaceMtu ?? 0;
  return `Above ${countOf(limit, 'octet')}: ${parts.join('; ')}.`;
}

function cutOff({ replyPayloadLimit: limit }: MeasuredMtu): string | undefined {
  if (limit === null) return undefined;
  return `The server returns only the first ${countOf(limit, 'octet')} of a longer payload: of the way back, nothing longer is known.`;
}

function changes({ routeChanges: count }: MeasuredMtu): string | undefined {
  if (count === 0) return undefined;
  return `The path changed ${count === 1 ? 'once' : `${count} times`} during the search; this is what it is now.`;
}

function largestEcho({ echoedPayload }: MeasuredMtu): string {
  return `The largest payload that came back has ${countOf(echoedPayload ?? 0, 'octet')}.`;
}

const ENGINE_LIMIT =
  "The portable engine can't say more: it does not see where datagrams were fragmented, or whether they were. The linux engine does.";
