// SPDX-License-Identifier: MIT
// What a watch answers below /api/v1. watch-api.ts has it as types.

import { Slices } from '../http/slices.ts';
import type { Answer, Reply } from '../http/reply.ts';
import type { Asked, Responder, Router } from '../http/router.ts';
import type { WatchColumn } from '../watch/column.ts';
import type { WatchView } from '../watch/watch-view.ts';
import { apiColumn, columnsOf, overviewColumn, widthFor, type Stretch } from './api-columns.ts';
import { apiTargetDetails, apiTargets } from './api-status.ts';
import type { LatestColumns } from './latest-columns.ts';
import type { ApiHistory, ApiMatrix, ApiOverview } from './watch-api.ts';
import type { MatrixSource } from './matrix-source.ts';

const MOST_COLUMNS = 512;

const MOST_OVERVIEW_COLUMNS = 180;

/** The history keeps no columns wider than an hour, and nobody shall have it read a year of all targets. */
const MOST_OVERVIEW_MS = MOST_OVERVIEW_COLUMNS * 3_600_000;

const MOST_EVENTS = 1000;

/** A request that can't be answered as it stands. */
class BadRequest extends Error {}

interface ApiSources {
  /** Name of this node. */
  readonly node: string;
  readonly matrix: MatrixSource;
  readonly latest: LatestColumns;
}

export function addApiRoutes(
  router: Router,
  watch: WatchView,
  { node, matrix, latest }: ApiSources,
): void {
  const answers: Readonly<Record<string, Responder>> = {
    targets: () => json(apiTargets(watch, node)),
    target: ({ query }) => target(watch, node, query),
    history: async ({ query }) => json(await history(watch, query)),
    overview: async ({ query }) => json(await overview(watch, query)),
    events: async ({ query }) => json(await events(watch, query)),
    matrix: async ({ query }) => json(await matrixAt(matrix, query)),
    alerts: () => json(watch.alerts?.states ?? []),
  };
  for (const [name, answer] of Object.entries(answers)) {
    router.get(`/api/v1/${name}`, async (asked) => {
      // What is shown is of now.
      await latest.follow();
      return await orRefusal(answer, asked);
    });
  }
}

export function json(value: unknown): Reply {
  return { type: 'application/json', body: JSON.stringify(value) };
}

/** Answers 400 for what is wrong with a query. */
async function orRefusal(answer: Responder, asked: Asked): Promise<Answer> {
  try {
    return await answer(asked);
  } catch (error) {
    if (error instanceof BadRequest) return { status: 400, body: `${error.message}\n` };
    throw error;
  }
}

function target(watch: WatchView, node: string, query: URLSearchParams): Reply {
  const status = watch.board.statusOf(query.get('key') ?? '');
  if (status === undefined) return { status: 404, body: 'no such target is watched\n' };
  return json(apiTargetDetails(watch, node, status));
}

async function history(watch: WatchView, query: URLSearchParams): Promise<ApiHistory> {
  const key = query.get('key');
  if (key === null) throw new BadRequest('key must be given');
  const most = wholeNumber(query, 'columns', MOST_COLUMNS, 1, MOST_COLUMNS);
  const { widthMs, columns } = await read(watch, stretchOf(query), most, [key]);
  return { widthMs, columns: (columns.get(key) ?? []).map(apiColumn) };
}

async function overview(watch: WatchView, query: URLSearchParams): Promise<ApiOverview> {
  const most = wholeNumber(query, 'columns', MOST_OVERVIEW_COLUMNS, 1, MOST_OVERVIEW_COLUMNS);
  const named = query.getAll('key');
  const keys = named.length > 0 ? named : watch.targets.map(({ key }) => key);
  const stretch = stretchOf(query);
  if (stretch.toMs - stretch.fromMs > MOST_OVERVIEW_MS) {
    throw new BadRequest(`an overview is of ${MOST_OVERVIEW_MS} ms at most`);
  }
  const { widthMs, columns } = await read(watch, stretch, most, keys);
  const slices = new Slices();
  const targets: ApiOverview['targets'][number][] = [];
  for (const [key, all] of columns) {
    targets.push({ key, columns: all.map(overviewColumn) });
    await slices.pause();
  }
  return { widthMs, targets };
}

async function matrixAt(matrix: MatrixSource, query: URLSearchParams): Promise<ApiMatrix> {
  return await matrix.at(query.has('at') ? moment(query, 'at') : undefined);
}

type Ends = Omit<Stretch, 'widthMs'>;

interface Read {
  readonly widthMs: number;
  readonly columns: ReadonlyMap<string, readonly WatchColumn[]>;
}

/** A stretch of these targets: from the history, and from the board what is not there yet. */
async function read(
  watch: WatchView,
  { fromMs, toMs }: Ends,
  most: number,
  keys: readonly string[],
): Promise<Read> {
  const answer = await watch.history.columns({ keys, fromMs, toMs, mostColumns: most });
  const widthMs = widthFor({ fromMs, toMs }, most, answer.widthMs);
  const byKey = groupByKey(answer.columns);
  const slices = new Slices();
  const columns = new Map<string, readonly WatchColumn[]>();
  for (const key of keys) {
    const recent = watch.board.statusOf(key)?.recent ?? [];
    columns.set(key, columnsOf(byKey.get(key) ?? [], recent, { fromMs, toMs, widthMs }));
    await slices.pause();
  }
  return { widthMs, columns };
}

function groupByKey(columns: readonly WatchColumn[]): ReadonlyMap<string, readonly WatchColumn[]> {
  const groups = new Map<string, WatchColumn[]>();
  for (const column of columns) {
    const group = groups.get(column.key);
    if (group === undefined) groups.set(column.key, [column]);
    else group.push(column);
  }
  return groups;
}

async function events(watch: WatchView, query: URLSearchParams): Promise<unknown> {
  const key = query.get('key');
  return await watch.history.events({
    ...(key === null ? {} : { key }),
    fromMs: moment(query, 'from'),
    toMs: moment(query, 'to'),
    most: wholeNumber(query, 'most', MOST_EVENTS, 1, MOST_EVENTS),
  });
}

function stretchOf(query: URLSearchParams): Ends {
  const fromMs = moment(query, 'from');
  const toMs = moment(query, 'to');
  if (toMs <= fromMs) throw new BadRequest('from must be before to');
  return { fromMs, toMs };
}

/** Milliseconds since 1970, up to where JavaScript's dates end. */
function moment(query: URLSearchParams, name: string): number {
  if (!query.has(name)) throw new BadRequest(`${name} must be given, in milliseconds since 1970`);
  return wholeNumber(query, name, 0, 0, 8.64e15);
}

function wholeNumber(
  query: URLSearchParams,
  name: string,
  usual: number,
  least: number,
  most: number,
): number {
  const text = query.get(name);
  if (text === null) return usual;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new BadRequest(`${name} must be a whole number from ${least} to ${most}`);
}
