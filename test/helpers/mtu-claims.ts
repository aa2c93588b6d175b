// What the result of a search claims, compared with the path that was searched.

import type { Evidence } from '../../src/mtu/evidence.ts';
import type { ParsedMtuOptions } from '../../src/mtu/mtu-options.ts';
import type { MtuRange, MtuResult } from '../../src/mtu/mtu-result.ts';
import { HEADER_BYTES } from '../../src/mtu/conclude.ts';
import { resultOf } from '../../src/mtu/result-of.ts';
import { RoundTripTimes } from '../../src/mtu/round-trip-times.ts';
import type { SearchEnd } from '../../src/mtu/search.ts';
import { ROUTER, type MtuPath } from './simulated-mtu-path.ts';

/** The result as `mtu()` resolves with it. */
export function resultFrom(
  { end, evidence, changes }: { end: SearchEnd | undefined; evidence: Evidence; changes: number },
  minMtu: number,
): MtuResult {
  const prober = { elapsedNs: 0, rtts: new RoundTripTimes(), strays: new Set<never>() };
  const target = { host: 'server', address: '192.0.2.7', port: 10_000, protocol: 'echo' } as const;
  return resultOf({
    options: { host: target.host, minMtu } as ParsedMtuOptions,
    target: { ...target, tried: [] },
    startedAt: '2026-01-01T00:00:00Z',
    path: { engine: 'linux' },
    prober,
    evidence,
    searching: { changes },
    end,
  });
}

/** The fields that claim what is not so. */
export function wrongClaims(result: MtuResult, path: MtuPath): string[] {
  const claims = {
    ...ofForward(result, path),
    ...ofBackward(result, path),
    ...ofRest(result, path),
  };
  return Object.entries(claims).flatMap(([field, isTrue]) => (isTrue ? [] : [field]));
}

type Claims = Record<string, boolean>;

function ofForward({ forward }: MtuResult, path: MtuPath): Claims {
  const { mtu, range, limitedBy, router } = forward;
  const there = Math.min(path.forward, path.own);
  const isShorter = path.forward < path.own;
  const isReason = {
    interface: path.own <= path.forward,
    ptb: isShorter && path.forwardKind !== 'silent' && router === ROUTER,
    silent: isShorter && mayBeSilent(path),
    'none-up-to': false,
    unknown: true,
  };
  return {
    'forward.mtu': mtu === null ? isWithin(there, range) : mtu === there,
    'forward.limitedBy': isReason[limitedBy],
  };
}

/** No ICMP error says why, or none that can be true. */
function mayBeSilent({ forwardKind, ipVersion }: MtuPath): boolean {
  const isUsed = forwardKind === 'ptb' || (forwardKind === 'ptb-without-mtu' && ipVersion === 4);
  return !isUsed;
}

function ofBackward({ backward }: MtuResult, path: MtuPath): Claims {
  const { mtu, range, how, cause } = backward;
  const isSilent = path.backwardKind === 'silent';
  return {
    'backward.mtu': mtu === null ? isWithin(path.backward, range) : mtu === path.backward,
    'backward.how': how === 'silent' ? isSilent : how !== 'fragments' || !isSilent,
    'backward.cause': cause === null || path.backwardKind === (cause === 'icmp' ? 'learns' : 'cut'),
  };
}

function ofRest(result: MtuResult, path: MtuPath): Claims {
  const { fragments, interfaceMtu, echoedPayload, replyPayloadLimit, verdict, thresholds } = result;
  const passing = Math.min(path.own, path.forward, path.backward);
  const header = HEADER_BYTES[path.ipVersion];
  return {
    interfaceMtu: interfaceMtu === null || interfaceMtu === path.own,
    echoedPayload: echoedPayload === null || echoedPayload + header <= passing,
    replyPayloadLimit: replyPayloadLimit === null,
    thresholds: thresholds.every(
      ({ limit, actual, held }) => (held ? limit : (actual ?? 0)) <= passing,
    ),
    'verdict.code':
      verdict.code !== 'DIRECTION_UNKNOWN' ||
      (path.forward < path.own && mayBeSilent(path)) ||
      (path.backward === passing && path.backwardKind === 'silent'),
    'fragments.local': isFate(fragments.local, passesFragmented(path)),
    'fragments.router': isFate(fragments.router, passesRouters(result, path)),
  };
}

function isFate(fate: MtuResult['fragments']['local'], passes: boolean): boolean {
  return fate === null || (fate === 'pass') === passes;
}

/** By how much datagrams are longer that this host fragments (search.ts). */
const BEYOND_INTERFACE = 508;

/** Whether a datagram comes back that this host fragments. */
function passesFragmented({ own, ipVersion, dropsFragments, ...path }: MtuPath): boolean {
  const packet = ipVersion === 6 ? 1280 : own;
  const isFragmentedOn = ipVersion === 4 && path.forwardKind !== 'silent';
  const getsThere = !dropsFragments && (packet <= path.forward || isFragmentedOn);
  return getsThere && (own + BEYOND_INTERFACE <= path.backward || path.backwardKind !== 'silent');
}

/** Whether the latest datagram comes back that routers may fragment. */
function passesRouters({ sizes, forward }: MtuResult, path: MtuPath): boolean {
  const tried = sizes.filter(
    ({ fragmentation, size }) =>
      fragmentation === 'by-routers' && (forward.mtu === null || size === forward.mtu + 1),
  );
  return tried.some(({ size }) => {
    const isFragmented = path.forwardKind !== 'silent' && !path.dropsFragments;
    const getsThere = size <= path.forward || isFragmented;
    return getsThere && (size <= path.backward || path.backwardKind !== 'silent');
  });
}

function isWithin(mtu: number, { from, to }: MtuRange): boolean {
  return (from ?? 0) <= mtu && mtu <= (to ?? Infinity);
}
