// A whole made-up watch, as its pages see it.

import type { AlertState } from '../../src/watch/alerts/alert-state.ts';
import type { WatchEvent } from '../../src/watch/watch-event.ts';
import type { ApiMatrix, ApiWatch } from '../../src/web/watch-api.ts';
import { SCENE_NOW_MS, type SceneTarget } from './watch-scene.ts';
import { sceneMatrix, sceneTargets } from './watch-scene-targets.ts';

export interface Scene {
  nowMs: number;
  watch: ApiWatch;
  targets: readonly SceneTarget[];
  alerts: readonly AlertState[];
  events: readonly WatchEvent[];
  matrix: ApiMatrix;
}

export function scene(changes: Partial<Scene> = {}): Scene {
  const nowMs = changes.nowMs ?? SCENE_NOW_MS;
  return {
    nowMs,
    watch: {
      version: '0.1.0',
      node: 'node-01',
      engine: 'linux',
      engineReason: null,
      startedAtMs: nowMs - 9 * 86_400_000,
      history: {
        kind: 'sqlite',
        reason: null,
        path: '/var/lib/echogram/watch.db',
        bytes: 42e6,
        oldestMs: nowMs - 9 * 86_400_000,
        writeFailures: 0,
        recordsLost: 0,
        lastError: null,
      },
      config: { isGood: true, lastGoodAtMs: nowMs - 86_400_000, error: null },
    },
    targets: sceneTargets(nowMs),
    alerts: [],
    events: [],
    matrix: sceneMatrix(30, nowMs),
    ...changes,
  };
}
