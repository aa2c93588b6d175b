// SPDX-License-Identifier: MIT
// Targets and their state as the API shows them: without what is secret, and without what is long.

import { VERSION } from '../version.ts';
import type { WatchTarget } from '../watch/target.ts';
import type { TargetStatus, WatchView } from '../watch/watch-view.ts';
import type { ApiStatus, ApiTarget, ApiTargetDetails, ApiTargets, ApiWatch } from './watch-api.ts';

export function apiTargets(watch: WatchView, node: string): ApiTargets {
  return {
    nowMs: Date.now(),
    watch: apiWatch(watch, node),
    targets: watch.board.statuses.map(apiStatus),
    alerts: watch.alerts?.states ?? [],
  };
}

export function apiTargetDetails(
  watch: WatchView,
  node: string,
  status: TargetStatus,
): ApiTargetDetails {
  const { key } = status.target;
  const { counts } = watch.fleet.countersOf(key) ?? status.counters;
  return {
    nowMs: Date.now(),
    watch: apiWatch(watch, node),
    status: apiStatus(status),
    counts,
    alerts: (watch.alerts?.states ?? []).filter((alert) => alert.key === key),
  };
}

export function apiStatus(status: TargetStatus): ApiStatus {
  const { target, address, resolveError, addressChanges, resolveFailures } = status;
  const { state, window, lastReplyAtMs } = status;
  return {
    target: apiTarget(target),
    address,
    resolveError,
    addressChanges,
    resolveFailures,
    state,
    window,
    lastReplyAtMs,
  };
}

/** Field by field: nothing that is added to a target is shown before somebody has thought of it. */
function apiTarget({ key, name, host, port, ipVersion, labels, probe }: WatchTarget): ApiTarget {
  const { protocol, intervalMs, timeoutMs, payloadBytes, dscp, flows } = probe;
  return {
    key,
    name,
    host,
    port,
    ipVersion,
    labels,
    probe: {
      name: probe.name,
      protocol,
      intervalMs,
      timeoutMs,
      payloadBytes,
      dscp,
      flows,
      isAuthenticated: probe.key !== undefined,
    },
  };
}

export function apiWatch(watch: WatchView, node: string): ApiWatch {
  return {
    version: VERSION,
    node,
    engine: watch.engine,
    engineReason: watch.engineReason,
    startedAtMs: watch.startedAtMs,
    history: watch.history.status,
    config: watch.configStatus,
  };
}
