// SPDX-License-Identifier: MIT
// Whether a value from a file is a result, or the start of one, that a page can be made from: it comes
// from whoever sent the file, so that nothing of it is trusted.

import { RESULT_SCHEMA } from '../client/session-result.ts';
import { ECHOGRAM_COLUMNS, ECHOGRAM_ROWS } from '../stats/echogram.ts';
import { VERSION } from '../version.ts';

type Fields = Readonly<Record<string, unknown>>;

type Check = (value: unknown) => boolean;

const SCHEMA = /^echogram\.session\/(\d{1,9})$/;

const isText: Check = (value) => typeof value === 'string';
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isNumber: Check = (value) => Number.isFinite(value);
const isSize: Check = (value) => isNumber(value) && Number(value) > 0;
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const listOf =
  (check: Check, most = Infinity): Check =>
  (value) =>
    Array.isArray(value) && value.length <= most && value.every(check);
const hasFields =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(checks).every(([name, check]) => check(value[name]));

const isDistribution = hasFields(
  Object.fromEntries(
    ['min', 'mean', 'stddev', 'p50', 'p90', 'p95', 'p99', 'p999', 'max'].map((name) => [
      name,
      orNull(isNumber),
    ]),
  ),
);

const isRows: Check = (value) =>
  listOf(isCount, 2 * ECHOGRAM_ROWS)(value) &&
  (value as readonly number[]).every((entry, at) => at % 2 === 1 || entry < ECHOGRAM_ROWS);

const COLUMN_LISTS = [
  ...['sent', 'received', 'lost', 'late', 'hostDropped', 'sendFailed', 'refused'],
  ...['corrupted', 'duplicate', 'skipped', 'rttRows'],
  ...['largestSendErrorNs', 'largestHoldUpNs'],
];

const isPicture: Check = (value) => {
  if (!isObject(value)) return false;
  const isNumbers = listOf(isNumber, ECHOGRAM_COLUMNS);
  const lists = COLUMN_LISTS.filter((name) => name !== 'rttRows');
  if (!lists.every((name) => isNumbers(value[name]))) return false;
  if (!isSize(value['columnNs']) || !listOf(isRows, ECHOGRAM_COLUMNS)(value['rttRows']))
    return false;
  const columns = (value['sent'] as readonly number[]).length;
  return COLUMN_LISTS.every((name) => (value[name] as readonly unknown[]).length === columns);
};

/** The fields that are known at the start. */
const START: Readonly<Record<string, Check>> = {
  tool: hasFields({ version: isText, engine: isText, node: isText, platform: isText }),
  config: hasFields({
    ...{ schedule: isText, intervalNs: isSize, timeoutNs: isSize, payloadBytes: isCount },
    ...{ count: orNull(isCount), durationNs: orNull(isNumber), sourcePorts: isCount },
    ...{ ttl: orNull(isCount), dscp: orNull(isCount) },
  }),
  supplied: isObject,
  target: hasFields({ host: isText, address: isText, port: isCount, protocol: isText }),
  startedAt: isText,
};

const isStream = hasFields({
  ...{ sourcePort: isCount, sent: isCount, received: isCount, lost: isCount, late: isCount },
  ...{ lossRatio: orNull(isNumber), rttMeanNs: orNull(isNumber) },
});

const isRefusal = hasFields({
  ...{ systemCode: isText, from: orNull(isText), count: isCount },
  ...{ icmpType: orNull(isCount), icmpCode: orNull(isCount) },
});

const isDirection = hasFields({
  ...{ lost: orNull(isCount), reordered: orNull(isCount), duplicate: orNull(isCount) },
  ...{ delayNs: orNull(isDistribution), ipdvNs: isDistribution, pdvNs: isDistribution },
});

const END: Readonly<Record<string, Check>> = {
  durationNs: isNumber,
  endedBy: hasFields({ code: isText, message: (value) => value === undefined || isText(value) }),
  datagrams: hasFields({
    ...{ sent: isCount, sendFailed: isCount, received: isCount, lost: isCount, late: isCount },
    ...{ duplicate: isCount, reordered: isCount, corrupted: isCount, refused: isCount },
    ...{ stray: isCount, lossRatio: orNull(isNumber) },
  }),
  refusals: listOf(isRefusal),
  forward: orNull(isDirection),
  backward: orNull(isDirection),
  lossRuns: hasFields({
    ...{ count: isCount, longest: isCount, meanLength: orNull(isNumber) },
    runsByLength: listOf(isCount, 64),
  }),
  echogram: isPicture,
  rttNs: isDistribution,
  ipdvNs: isDistribution,
  pdvNs: isDistribution,
  smoothedJitterNs: orNull(isNumber),
  schedule: hasFields({
    ...{ intended: isCount, skipped: isCount },
    ...{ sendErrorNs: isDistribution, responseNs: isDistribution },
  }),
  timestamps: hasFields({
    ...{ send: isText, receive: isText, userToKernelNs: orNull(isDistribution) },
  }),
  hostDrops: hasFields({ receiveBuffer: orNull(isCount), sendBuffer: isCount }),
  runtime: hasFields({
    loopDelayNs: hasFields({ p99: orNull(isNumber), max: orNull(isNumber) }),
    gcMaxNs: orNull(isNumber),
    clockSteps: hasFields({ count: isCount, largestNs: orNull(isNumber) }),
  }),
  streams: listOf(isStream, 1024),
};

/** What keeps `value` from being a result, in words that go after "cannot show it: "; `undefined` for one. */
export function resultProblem(value: unknown): string | undefined {
  return startProblem(value) ?? fieldProblem(value as Fields, END);
}

/** The same of the first line of a recording: the part of a result that is known at the start. */
export function startProblem(value: unknown): string | undefined {
  if (!isObject(value) || !isText(value['schema'])) {
    return 'it is neither what ping --json prints nor what --jsonl writes';
  }
  return schemaProblem(String(value['schema'])) ?? fieldProblem(value, START);
}

function schemaProblem(schema: string): string | undefined {
  if (schema === RESULT_SCHEMA) return undefined;
  const [, number] = SCHEMA.exec(schema) ?? [];
  const isNewer = number !== undefined && Number(number) > Number(SCHEMA.exec(RESULT_SCHEMA)![1]);
  if (!isNewer) return `its schema is ${schema.slice(0, 80)}, and not ${RESULT_SCHEMA}`;
  return `its schema is ${schema}, newer than the ${RESULT_SCHEMA} of echogram ${VERSION}; take a newer echogram`;
}

function fieldProblem(value: Fields, checks: Readonly<Record<string, Check>>): string | undefined {
  const wrong = Object.entries(checks).find(([name, check]) => !check(value[name]));
  if (wrong === undefined) return undefined;
  return `its field "${wrong[0]}" is missing or not as ${RESULT_SCHEMA} has it`;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
