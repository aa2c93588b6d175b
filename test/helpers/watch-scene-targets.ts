// Targets of a made-up watch: one in each state, as many as asked, and the pairs of a mesh.

import { Random } from '../../src/random.ts';
import type { ApiCell, ApiMatrix } from '../../src/web/watch-api.ts';
import { MINUTE_MS, SCENE_NOW_MS, type SceneTarget } from './watch-scene.ts';

const WORKS = { code: 'WORKS', words: 'Works: 0 lost of 60.' } as const;

function calm(rttMs: number, spread = 0.3): SceneTarget['weather'] {
  // Days are busier than nights.
  return (atMs) => ({
    lossRatio: 0,
    rttMs: rttMs * (1 + 0.15 * Math.sin((atMs / 86_400_000) * 2 * Math.PI)),
    spread,
  });
}

/** A target in each state. */
export function sceneTargets(nowMs = SCENE_NOW_MS): readonly SceneTarget[] {
  const before = (minutes: number): number => nowMs - minutes * MINUTE_MS;
  const burst = (atMs: number): boolean => atMs >= before(42) && atMs < before(20);
  return [
    { name: 'amsterdam', labels: { site: 'ams', role: 'edge' }, state: WORKS, weather: calm(9) },
    {
      name: 'berlin',
      labels: { site: 'ber' },
      state: WORKS,
      weather: calm(1.4, 0.6),
      perSecond: 10,
    },
    {
      name: 'frankfurt',
      labels: { site: 'fra', role: 'edge' },
      protocol: 'stamp',
      perSecond: 10,
      state: {
        code: 'PARTLY_WORKS',
        words: 'Works in part: 42 lost of 600 (7 %), 31 on the way there, 11 on the way back.',
      },
      sinceMs: before(16),
      weather: (atMs) => ({
        ...calm(14, 0.5)(atMs),
        ...(atMs >= before(17) ? { lossRatio: 0.07, forwardShare: 0.75, spread: 1.4 } : {}),
      }),
    },
    {
      name: 'lisbon',
      labels: { site: 'lis' },
      state: { code: 'WORKS_WITH_LOSSES', words: 'Works with losses: 1 lost of 60 (1.67 %).' },
      sinceMs: before(3),
      weather: (atMs) => ({
        ...calm(38)(atMs),
        lossRatio: burst(atMs) ? 0.3 : 0.015,
        lateRatio: burst(atMs) ? 0.1 : 0,
      }),
    },
    {
      name: 'madrid',
      labels: { site: 'mad' },
      state: { code: 'DOWN_NOW', words: 'Down: no reply for 21 min.' },
      sinceMs: before(21),
      weather: (atMs) => ({ ...calm(31)(atMs), lossRatio: atMs >= before(21) ? 1 : 0 }),
    },
    {
      name: 'oslo',
      labels: { site: 'osl' },
      state: {
        code: 'NOTHING_LISTENS',
        words:
          'Nothing listens on port 7, or a firewall rejects the probes (60 ICMP "port unreachable").',
      },
      sinceMs: before(95),
      weather: (atMs) =>
        atMs >= before(95)
          ? { ...calm(27)(atMs), lossRatio: 1, portUnreachable: true }
          : calm(27)(atMs),
    },
    {
      name: 'paris',
      labels: { site: 'par' },
      state: {
        code: 'UNKNOWN_HERE',
        words:
          'The cause is unknown: 5 of 60 probes had no reply, and this host dropped 90 datagrams that may have been replies.',
      },
      sinceMs: before(2),
      weather: (atMs) => ({
        ...calm(18)(atMs),
        ...(atMs >= before(3) ? { lossRatio: 0.08, hostDropped: 90 } : {}),
      }),
    },
    {
      name: 'rome',
      state: {
        code: 'UNRESOLVED',
        words: 'Nothing is sent: rome.example.net has no address yet (NXDOMAIN).',
      },
      sinceMs: before(400),
      address: null,
      resolveError: 'NXDOMAIN',
      weather: () => ({ lossRatio: 0, rttMs: 1, spread: 0, isAbsent: true }),
    },
    {
      name: 'sofia',
      labels: { site: 'sof' },
      state: {
        code: 'STALE',
        words: 'No news from the prober for 4 min, so these numbers are old.',
      },
      sinceMs: before(4),
      weather: (atMs) => ({ ...calm(44)(atMs), isAbsent: atMs >= before(4) }),
    },
    {
      name: 'tallinn',
      state: { code: 'STARTING', words: 'Too few probes were settled to tell.' },
      sinceMs: before(0.1),
      weather: (atMs) => ({ ...calm(33)(atMs), isAbsent: atMs < before(1) }),
    },
    { name: 'vienna', labels: { site: 'vie' }, state: WORKS, weather: calm(4.2, 0.2) },
    {
      name: 'zurich',
      labels: { site: 'zrh' },
      state: WORKS,
      weather: (atMs) => ({
        ...calm(6.6)(atMs),
        skippedRatio: atMs >= before(130) && atMs < before(120) ? 0.6 : 0,
        isAbsent: atMs >= before(80) && atMs < before(70),
      }),
    },
  ];
}

/** As many targets as asked, one in twenty with losses, one in fifty down. */
export function manyTargets(count: number, nowMs = SCENE_NOW_MS): readonly SceneTarget[] {
  return Array.from({ length: count }, (_, at): SceneTarget => {
    const name = `host-${String(at).padStart(4, '0')}`;
    const weather = calm(2 * 1.012 ** (at % 400));
    if (at % 50 === 7) {
      return {
        name,
        state: { code: 'DOWN_NOW', words: 'Down: no reply for 5 min.' },
        sinceMs: nowMs - 5 * MINUTE_MS,
        weather: (atMs) => ({ ...weather(atMs), lossRatio: atMs > nowMs - 5 * MINUTE_MS ? 1 : 0 }),
      };
    }
    if (at % 20 === 3) {
      return {
        name,
        state: { code: 'WORKS_WITH_LOSSES', words: 'Works with losses.' },
        weather: (atMs) => ({ ...weather(atMs), lossRatio: 0.02 }),
      };
    }
    return { name, state: WORKS, labels: { rack: String(at % 40) }, weather };
  });
}

const ZONES = ['eu-west', 'eu-north', 'us-east'];

/** A mesh of as many nodes as asked: one is down, one loses what comes, one zone is far away. */
export function sceneMatrix(size: number, atMs = SCENE_NOW_MS): ApiMatrix {
  const random = new Random(size);
  const nodes = Array.from({ length: size }, (_, at) => ({
    name: `node-${String(at + 1).padStart(2, '0')}`,
    zone: ZONES[Math.floor((at * ZONES.length) / size)]!,
  }));
  const cells = nodes.flatMap((from, at) =>
    nodes.flatMap((to, other): ApiCell[] => {
      if (from === to) return [];
      const isFar = (from.zone === 'us-east') !== (to.zone === 'us-east');
      const p50Ns =
        (isFar ? 85e6 : from.zone === to.zone ? 0.4e6 : 9e6) * (0.8 + 0.4 * random.next());
      const isDown = at === 4 || other === 4;
      const lossRatio = isDown ? 1 : other === 2 ? 0.03 : random.next() < 0.01 ? 0.004 : 0;
      return [
        {
          from: from.name,
          to: to.name,
          key: at === 0 ? `${to.name} default` : null,
          lossRatio,
          p50Ns: isDown ? null : p50Ns,
          p99Ns: isDown ? null : p50Ns * 1.6,
          measuredAtMs: at === 7 ? atMs - 120_000 : atMs - 8000,
        },
      ];
    }),
  );
  return { atMs, source: 'prometheus', error: null, nodes, cells };
}
