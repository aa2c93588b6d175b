// The matrix of a mesh from answers of Prometheus, which an HTTP server makes up: of two nodes, and wrong ones.

import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { test, type TestContext } from 'node:test';
import { MatrixSource } from '../../../src/web/matrix-source.ts';
import type { ApiMatrix } from '../../../src/web/watch-api.ts';
import { answerAt } from '../../helpers/http-answers.ts';
import { MadeWatchView } from '../../helpers/made-watch-view.ts';
import { madeTarget } from '../../helpers/made-watch.ts';

const AT_MS = 1_800_000_000_000;

const NODE = { name: 'a', zone: 'north' };

type Labels = Readonly<Record<string, string>>;

type Vector = readonly (readonly [labels: Labels, value: string])[];

/** Answers of a Prometheus server, by what a question begins with. */
interface Made {
  readonly nodes?: Vector;
  readonly measuredAt?: Vector;
  readonly loss?: Vector;
  readonly p50?: Vector;
  readonly p99?: Vector;
}

const KINDS: readonly (readonly [keyof Made, string])[] = [
  ['nodes', 'echogram_watch_node_info'],
  ['measuredAt', 'timestamp('],
  ['loss', '('],
  ['p50', 'histogram_quantile(0.5,'],
  ['p99', 'histogram_quantile(0.99,'],
];

function answering(made: Made, asked: URL[] = []): RequestListener {
  return (request, response) => {
    const url = new URL(request.url!, 'http://prometheus.example');
    asked.push(url);
    const query = url.searchParams.get('query')!;
    const [kind] = KINDS.find(([, start]) => query.startsWith(start))!;
    const result = (made[kind] ?? []).map(([metric, value]) => ({
      metric,
      value: [AT_MS / 1000, value],
    }));
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
  };
}

interface Asking {
  readonly source: MatrixSource;
  readonly watch: MadeWatchView;
}

async function ask(
  t: TestContext,
  answer: RequestListener,
  { user = '', targets = [madeTarget('b')] } = {},
): Promise<Asking> {
  const port = await answerAt(t, answer);
  const watch = new MadeWatchView(targets);
  const prometheus = `http://${user}127.0.0.1:${port}/prefix/`;
  const source = new MatrixSource({ watch, node: NODE, prometheus });
  t.after(() => {
    source[Symbol.dispose]();
  });
  return { source, watch };
}

function instance(name: string): Labels {
  return { job: 'watch', instance: `${name}:10001` };
}

function pair(from: string, to: string, more: Labels = {}): Labels {
  return { ...instance(from), target: to, probe: 'default', ...more };
}

const NODES: Vector = [
  [{ ...instance('a'), node: 'a', zone: 'north' }, '1'],
  [{ ...instance('b'), node: 'b' }, '1'],
];

const NOW = String(AT_MS / 1000 - 4);

test('a row of each node, and this watch knows the keys of its own', async (t) => {
  const asked: URL[] = [];
  const pairs = [pair('a', 'b'), pair('b', 'a'), pair('b', 'c', { zone: 'of the target' })];
  const answer = answering(
    {
      nodes: NODES,
      measuredAt: pairs.map((labels) => [labels, NOW]),
      loss: [
        [pairs[0]!, '0'],
        [pairs[1]!, '0.25'],
        [pairs[2]!, 'NaN'],
      ],
      p50: [
        [pairs[0]!, '0.0000375'],
        [pairs[1]!, '0.001'],
        [pairs[2]!, 'NaN'],
      ],
      p99: [
        [pairs[0]!, '0.00005'],
        [pairs[1]!, '+Inf'],
      ],
    },
    asked,
  );
  const { source } = await ask(t, answer);
  const measuredAtMs = AT_MS - 4000;
  assert.deepEqual(await source.at(AT_MS), {
    atMs: AT_MS,
    source: 'prometheus',
    error: null,
    nodes: [
      { name: 'a', zone: 'north' },
      { name: 'b', zone: null },
      { name: 'c', zone: null },
    ],
    cells: [
      {
        from: 'a',
        to: 'b',
        key: 'b default',
        lossRatio: 0,
        p50Ns: 37_500,
        p99Ns: 50_000,
        measuredAtMs,
      },
      { from: 'b', to: 'a', key: null, lossRatio: 0.25, p50Ns: 1e6, p99Ns: null, measuredAtMs },
      { from: 'b', to: 'c', key: null, lossRatio: null, p50Ns: null, p99Ns: null, measuredAtMs },
    ],
  } satisfies ApiMatrix);
  assert.equal(asked.length, 5);
  for (const { pathname, searchParams } of asked) {
    assert.equal(pathname, '/prefix/api/v1/query');
    assert.equal(searchParams.get('time'), '1800000000.000');
  }
});

test('what is old is no news, and does not hide a newer way', async (t) => {
  const moved = { job: 'watch', instance: 'elsewhere:10001' };
  const old = { ...pair('b', 'a'), ...moved };
  const { source } = await ask(
    t,
    answering({
      nodes: [...NODES, [{ ...moved, node: 'b' }, '1']],
      measuredAt: [
        [pair('b', 'c'), '0'],
        [old, '0'],
        [pair('b', 'a'), NOW],
        [pair('b', 'a', { probe: 'other' }), NOW],
        // A single scrape in the minute.
        [pair('b', 'd'), NOW],
      ],
      loss: [
        [pair('b', 'c'), '0.5'],
        [old, '1'],
        [pair('b', 'a'), '0.1'],
        [pair('b', 'a', { probe: 'other' }), '0.2'],
      ],
    }),
  );
  const { cells } = await source.at(AT_MS);
  assert.deepEqual(
    cells.map(({ from, to, lossRatio, measuredAtMs }) => [from, to, lossRatio, measuredAtMs]),
    [
      ['b', 'c', 0.5, null],
      ['b', 'a', 0.2, AT_MS - 4000],
      ['b', 'd', null, null],
      // Of this watch, which is not scraped.
      ['a', 'b', null, null],
    ],
  );
});

test("labels that Prometheus has itself don't hide those of the watch", async (t) => {
  const labels = { node: 'vm-1', exported_node: 'b', zone: 'eu-1a', exported_zone: 'south' };
  const nodes: Vector = [[{ ...instance('b'), ...labels }, '1']];
  const { source } = await ask(
    t,
    answering({ nodes, measuredAt: [[pair('b', 'a'), NOW]], loss: [[pair('b', 'a'), '0']] }),
  );
  const { nodes: named, cells } = await source.at(AT_MS);
  assert.deepEqual(named, [
    { name: 'b', zone: 'south' },
    { name: 'a', zone: 'north' },
  ]);
  assert.deepEqual([cells[0]!.from, cells[0]!.to], ['b', 'a']);
});

test('many readers cost Prometheus one answer, and many moments not many', async (t) => {
  const asked: URL[] = [];
  const { source } = await ask(t, answering({ nodes: NODES }, asked));
  await Promise.all(Array.from({ length: 50 }, () => source.at(undefined)));
  await source.at(undefined);
  assert.equal(asked.length, 5);
  const others = await Promise.all(Array.from({ length: 20 }, (_, at) => source.at(AT_MS + at)));
  // Eight moments in all.
  assert.equal(asked.length, 8 * 5);
  const refused = others.filter((matrix) => matrix.source === 'own row');
  assert.equal(refused.length, 13);
  assert.match(refused[0]!.error!, /too many moments/);
});

const WRONG: Readonly<Record<string, readonly [answer: RequestListener, words: string]>> = {
  'an error status': [(_, response) => void response.writeHead(503).end(), 'it answered 503'],
  'no JSON': [(_, response) => void response.end('<html>'), 'its answer is not JSON'],
  'no answer of the API': [
    (_, response) => void response.end('null'),
    "its answer is not one of Prometheus' API",
  ],
  'a vector that is none': [
    (_, response) =>
      void response.end('{"data":{"resultType":"vector","result":[{"metric":{"a":1}},null]}}'),
    "its answer is not one of Prometheus' API",
  ],
  'a huge answer': [
    (_, response) => void response.end(Buffer.alloc(9 * 1024 * 1024, 32)),
    'its answer is longer than 8388608 bytes',
  ],
  'no watch': [answering({}), 'it has metrics of no watch at this moment'],
  'a cut answer': [(_, response) => void response.destroy(), 'socket hang up'],
};

for (const [what, [answer, words]] of Object.entries(WRONG)) {
  test(`${what} leaves the own row, and says why without a secret`, async (t) => {
    const { source } = await ask(t, answer, { user: 'alice:geheim@' });
    const matrix = await source.at(undefined);
    assert.equal(matrix.source, 'own row');
    assert.equal(matrix.error, words);
    assert.deepEqual(
      matrix.cells.map(({ from, to, key }) => [from, to, key]),
      [['a', 'b', 'b default']],
    );
    assert.ok(!JSON.stringify(matrix).includes('geheim'));
  });
}

test('user and password are sent, and a port where nothing listens is named', async (t) => {
  const told: unknown[] = [];
  const { source } = await ask(
    t,
    (request, response) => {
      told.push(request.headers.authorization);
      response.writeHead(401).end();
    },
    { user: 'alice:geheim@' },
  );
  assert.equal((await source.at(undefined)).error, 'it answered 401');
  // RFC 7617: the Base64 of alice:geheim
  assert.equal(told[0], 'Basic YWxpY2U6Z2VoZWlt');
  const nobody = new MatrixSource({
    watch: new MadeWatchView([madeTarget('b')]),
    node: NODE,
    prometheus: 'http://alice:geheim@127.0.0.1:1/',
  });
  assert.equal((await nobody.at(undefined)).error, 'connect ECONNREFUSED 127.0.0.1:1');
});
