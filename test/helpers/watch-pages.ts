// Serves the built pages of a watch, and a scene in place of its API.

import type { TestContext } from 'node:test';
import { eventOf, EventStream } from '../../src/http/event-stream.ts';
import { HttpListener } from '../../src/http/listener.ts';
import type { Reply } from '../../src/http/reply.ts';
import { Router, type Asked } from '../../src/http/router.ts';
import { noCounts } from '../../src/watch/counts.ts';
import type { ApiLive, ApiStatus } from '../../src/web/watch-api.ts';
import { WATCH_PAGE_PATHS, watchPage } from '../../src/web/watch-page.ts';
import type { Scene } from './made-scene.ts';
import { columnsOf, keyOf, overviewColumnOf, statusOf } from './watch-scene.ts';

const TIERS_MS = [10_000, 60_000, 600_000, 3_600_000];

export interface WatchPages {
  /** With a slash at its end. */
  readonly url: string;
  /** Requests for data, in order. */
  readonly asked: readonly string[];
  /** Sends what the scene is now to all who follow it. */
  tell: (left?: readonly string[]) => void;
  /** Ends the listener, with every connection. */
  stop: () => Promise<void>;
}

/** Serves a scene, which may be changed, until the test ends. */
export async function serveWatchPages(t: TestContext, scene: Scene): Promise<WatchPages> {
  const events = new EventStream();
  const asked: string[] = [];
  const listener = await HttpListener.open({
    host: '127.0.0.1',
    port: 0,
    nameRemedy: '',
    onFault: (error) => {
      throw error;
    },
  });
  const router = new Router((request) => {
    if (request.path.startsWith('/api/')) asked.push(`${request.path}?${request.query.toString()}`);
    return undefined;
  });
  for (const path of WATCH_PAGE_PATHS) router.get(path, watchPage);
  router
    .get('/api/v1/live', ({ query }) => events.answer(eventOf(liveOf(scene, query.get('key')))))
    .get('/api/v1/target', (request) => targetOf(scene, request))
    .get('/api/v1/overview', (request) => overviewOf(scene, request))
    .get('/api/v1/history', (request) => historyOf(scene, request))
    .get('/api/v1/events', (request) => eventsOf(scene, request))
    .get('/api/v1/matrix', ({ query }) =>
      json({ ...scene.matrix, atMs: Number(query.get('at') ?? scene.nowMs) }),
    );
  listener.serve(router);
  let isOpen = true;
  const stop = async (): Promise<void> => {
    if (isOpen) await listener[Symbol.asyncDispose]();
    isOpen = false;
  };
  t.after(stop);
  return {
    url: `${listener.origin}/`,
    asked,
    tell: (left = []) => {
      events.send(eventOf({ ...liveOf(scene, null), left }));
    },
    stop,
  };
}

function json(value: unknown): Reply {
  return { type: 'application/json', body: JSON.stringify(value) };
}

function statusesOf({ targets, nowMs }: Scene): readonly ApiStatus[] {
  return targets.map((target) => statusOf(target, nowMs));
}

function liveOf(scene: Scene, key: string | null): ApiLive {
  const targets = statusesOf(scene).filter(({ target }) => key === null || target.key === key);
  return { nowMs: scene.nowMs, watch: scene.watch, targets, left: [], alerts: scene.alerts };
}

function targetOf(scene: Scene, { query }: Asked): Reply {
  const target = scene.targets.find((target) => keyOf(target) === query.get('key'));
  if (target === undefined) return { status: 404, body: 'no such target is watched\n' };
  const { nowMs, watch, alerts } = scene;
  const [column] = columnsOf(target, nowMs - 60_000, nowMs, 60_000, nowMs);
  const status = statusOf(target, nowMs);
  return json({ nowMs, watch, status, counts: column?.counts ?? noCounts(), alerts });
}

interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly widthMs: number;
}

/** The finest tier, or a multiple of the coarsest, that needs no more columns. */
function stretchOf(query: URLSearchParams): Stretch {
  const [fromMs, toMs, columns] = ['from', 'to', 'columns'].map((name) => Number(query.get(name)));
  const least = (toMs! - fromMs!) / columns!;
  const widthMs =
    TIERS_MS.find((tierMs) => tierMs >= least) ?? Math.ceil(least / 3_600_000) * 3_600_000;
  return { fromMs: fromMs!, toMs: toMs!, widthMs };
}

function overviewOf(scene: Scene, { query }: Asked): Reply {
  const { fromMs, toMs, widthMs } = stretchOf(query);
  const keys = query.getAll('key');
  const targets = scene.targets.filter(
    (target) => keys.length === 0 || keys.includes(keyOf(target)),
  );
  return json({
    widthMs,
    targets: targets.map((target) => ({
      key: keyOf(target),
      columns: columnsOf(target, fromMs, toMs, widthMs, scene.nowMs).map(overviewColumnOf),
    })),
  });
}

function historyOf(scene: Scene, { query }: Asked): Reply {
  const { fromMs, toMs, widthMs } = stretchOf(query);
  const target = scene.targets.find((target) => keyOf(target) === query.get('key'));
  const columns = target === undefined ? [] : columnsOf(target, fromMs, toMs, widthMs, scene.nowMs);
  return json({ widthMs, columns });
}

function eventsOf(scene: Scene, { query }: Asked): Reply {
  const [fromMs, toMs] = ['from', 'to'].map((name) => Number(query.get(name)));
  const key = query.get('key');
  return json(
    scene.events.filter(
      (event) =>
        event.atMs >= fromMs! &&
        event.atMs < toMs! &&
        (key === null || event.key === null || event.key === key),
    ),
  );
}
