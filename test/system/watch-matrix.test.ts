// The matrix of two watches that a real Prometheus scrapes: both rows, of now and of then, and one that has ended.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { MatrixSource } from '../../src/web/matrix-source.ts';
import type { ApiCell, ApiMatrix } from '../../src/web/watch-api.ts';
import { until } from '../helpers/deadline.ts';
import { answerAt } from '../helpers/http-answers.ts';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { MadeWatchView } from '../helpers/made-watch-view.ts';
import { Program, startEchogram } from '../helpers/programs.ts';
import { needsProgram } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { closedPort } from '../helpers/udp.ts';

interface Node {
  readonly program: Program;
  readonly origin: string;
}

/** A watch of this name, whose targets are the other nodes. */
async function startNode(
  t: TestContext,
  folder: string,
  identity: string,
  targets: Readonly<Record<string, number>>,
  ...args: readonly string[]
): Promise<Node> {
  const file = join(folder, `${identity}.json`);
  const named = Object.entries(targets).map(([name, port]) => ({
    name,
    host: `127.0.0.1:${port}`,
    probe: name === 'c' ? 'dead' : 'default',
  }));
  // A reply is in time however this machine stalls, and none comes from the port that is closed.
  const probes = {
    default: { interval: '100ms', timeout: '30s' },
    dead: { interval: '100ms', timeout: '500ms' },
  };
  writeFileSync(file, JSON.stringify({ probes, targets: [{ static: named }] }));
  const flags = ['--config', file, '--identity', identity, '--listen', '127.0.0.1:0', '--quiet'];
  const program = startEchogram(t, ['watch', ...flags, ...args]);
  const [, origin = ''] = await program.untilStderr(/metrics at (http\S+)\/metrics\n/);
  return { program, origin };
}

interface Scraping {
  readonly origin: string;
  /** Replaces what is scraped; it reads that each second. */
  readonly scrape: (...nodes: readonly Node[]) => void;
}

async function startPrometheus(t: TestContext, folder: string): Promise<Scraping> {
  const targets = join(folder, 'targets.json');
  const scrape = (...nodes: readonly Node[]): void => {
    const hosts = nodes.map(({ origin }) => origin.replace('http://', ''));
    writeFileSync(targets, JSON.stringify([{ targets: hosts }]));
  };
  scrape();
  const job = {
    job_name: 'watch',
    scrape_interval: '1s',
    scrape_timeout: '1s',
    file_sd_configs: [{ files: [targets], refresh_interval: '1s' }],
  };
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify({ scrape_configs: [job] }));
  const prometheus = new Program(t, 'prometheus', [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    '--web.listen-address=127.0.0.1:0',
  ]);
  const [, port = ''] = await prometheus.untilStderr(
    /"Listening on" [^\n]*address=127\.0\.0\.1:(\d+)/,
  );
  await prometheus.untilStderr(/Server is ready to receive web requests/);
  return { origin: `http://127.0.0.1:${port}`, scrape };
}

/** Asks until it is so; one answer of Prometheus stands for five seconds. */
async function matrixUntil(
  { origin }: Node,
  isSo: (matrix: ApiMatrix) => boolean,
  what: string,
): Promise<ApiMatrix> {
  let matrix: ApiMatrix | undefined;
  const ask = async (): Promise<boolean> => {
    matrix = (await (await fetch(`${origin}/api/v1/matrix`)).json()) as ApiMatrix;
    return isSo(matrix);
  };
  await until(ask, what);
  return matrix!;
}

function isMeasured({ measuredAtMs, lossRatio }: ApiCell): boolean {
  return measuredAtMs !== null && lossRatio !== null;
}

test(
  'two watches show the rows of both, and what one that ended has told is no news',
  { skip: needsProgram('prometheus') },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'echogram-'));
    const echo = await PlainEcho.open();
    t.after(() => echo[Symbol.asyncDispose]());
    const prometheus = await startPrometheus(t, folder);
    const asks = ['--prometheus', prometheus.origin];
    const dead = await closedPort(t);
    const a = await startNode(t, folder, 'name=a,zone=north', { b: echo.port, c: dead }, ...asks);
    const b = await startNode(t, folder, 'name=b,zone=south', { a: echo.port }, ...asks);
    // After the programs have ended: these are called in the order in which they are given.
    t.after(() => {
      rmSync(folder, { recursive: true });
    });

    const none = await matrixUntil(a, ({ error }) => error !== null, 'Prometheus to know nothing');
    assert.equal(none.source, 'own row');
    assert.equal(none.error, 'it has metrics of no watch at this moment');

    prometheus.scrape(a, b);
    const all = ({ source, cells }: ApiMatrix): boolean =>
      source === 'prometheus' && cells.filter(isMeasured).length === 3;
    const ofA = await matrixUntil(a, all, 'all rows at a');
    const ofB = await matrixUntil(b, all, 'all rows at b');
    const byName = (matrix: ApiMatrix): unknown =>
      Object.fromEntries(matrix.nodes.map(({ name, zone }) => [name, zone]));
    for (const [matrix, key] of [
      [ofA, 'b default'],
      [ofB, null],
    ] as const) {
      assert.deepEqual(byName(matrix), { a: 'north', b: 'south', c: null });
      assert.equal(matrix.error, null);
      const cellOf = (from: string, to: string): ApiCell =>
        matrix.cells.find((cell) => cell.from === from && cell.to === to)!;
      assert.equal(cellOf('a', 'b').key, key);
      assert.equal(cellOf('a', 'b').lossRatio, 0);
      assert.equal(cellOf('b', 'a').lossRatio, 0);
      assert.deepEqual(
        [cellOf('a', 'c').lossRatio, cellOf('a', 'c').p50Ns, cellOf('a', 'c').p99Ns],
        [1, null, null],
      );
      const { p50Ns, p99Ns, measuredAtMs } = cellOf('b', 'a');
      assert.ok(p50Ns! > 0 && p50Ns! <= p99Ns!, `${p50Ns} and ${p99Ns} ns`);
      assert.ok(measuredAtMs! <= matrix.atMs, `${measuredAtMs} is after ${matrix.atMs}`);
    }

    b.program.child.kill('SIGTERM');
    await b.program.ended();
    const row = ({ cells }: ApiMatrix): ApiCell[] => cells.filter(({ from }) => from === 'b');
    const later = await matrixUntil(
      a,
      (matrix) =>
        row(matrix)[0]?.measuredAtMs === null && matrix.cells.filter(isMeasured).length === 2,
      'the row of b to have no news, and that of a to have some',
    );
    assert.equal(later.source, 'prometheus');

    // The moment at which both were there.
    const response = await fetch(`${a.origin}/api/v1/matrix?at=${ofA.atMs}`);
    const then = (await response.json()) as ApiMatrix;
    assert.equal(then.atMs, ofA.atMs);
    assert.ok(all(then), JSON.stringify(then));
  },
);

/** What the matrix asks Prometheus. */
async function questionsOf(t: TestContext): Promise<readonly string[]> {
  const asked: string[] = [];
  const port = await answerAt(t, ({ url }, response) => {
    asked.push(new URL(url!, 'http://127.0.0.1').searchParams.get('query')!);
    response.end('{"status":"success","data":{"resultType":"vector","result":[]}}');
  });
  const prometheus = `http://127.0.0.1:${port}`;
  const node = { name: 'a', zone: null };
  using source = new MatrixSource({ watch: new MadeWatchView([]), node, prometheus });
  await source.at(undefined);
  return asked;
}

const PAIR = { job: 'watch', instance: 'a', target: 'b', probe: 'default' };

function seriesOf(name: string, labels: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries({ ...PAIR, ...labels }).map(
    ([label, value]) => `${label}="${value}"`,
  );
  return `echogram_watch_${name}{${pairs.join()}}`;
}

/** Three of four probes are answered within 1 ms, and a quarter is lost or late. */
function scrapedEvery(seconds: number): readonly { series: string; values: string }[] {
  const growing: readonly (readonly [series: string, perSecond: number])[] = [
    [seriesOf('probes_sent_total'), 4],
    [seriesOf('probes_received_total'), 3],
    [seriesOf('probes_late_total'), 0.5],
    [seriesOf('probes_lost_total', { direction: 'forward' }), 0],
    [seriesOf('probes_lost_total', { direction: 'unknown' }), 0.5],
    [seriesOf('rtt_seconds_bucket', { le: '0.001' }), 3],
    [seriesOf('rtt_seconds_bucket', { le: '+Inf' }), 3],
  ];
  return growing.map(([series, perSecond]) => ({ series, values: `0+${perSecond * seconds}x100` }));
}

for (const seconds of [1, 15, 30, 45, 60]) {
  test(
    `scraped every ${seconds} s, its questions are answered`,
    { skip: needsProgram('promtool') },
    async (t) => {
      const questions = await questionsOf(t);
      const expected: readonly (readonly [start: string, value: number])[] = [
        ['(sum', 250_000],
        ['histogram_quantile(0.5,', 500],
        ['histogram_quantile(0.99,', 990],
      ];
      const labels = seriesOf('').replace('echogram_watch_', '');
      const moments = [0, 7, 29, 44, 59].map((late) => Math.min(90 * seconds, 600) + late);
      const promql_expr_test = expected.flatMap(([start, value]) =>
        moments.map((atSeconds) => ({
          // In millionths: Prometheus' own arithmetic is not exact.
          expr: `round(1e6 * (${questions.find((question) => question.startsWith(start))}))`,
          eval_time: `${atSeconds}s`,
          exp_samples: [{ labels, value }],
        })),
      );
      const scraped = { interval: `${seconds}s`, input_series: scrapedEvery(seconds) };
      const folder = temporaryFolder(t);
      const file = join(folder, 'questions.test.yml');
      // promtool knows no scrape that is later than the latest evaluation of rules, of which there are none.
      const tests = [{ ...scraped, promql_expr_test }];
      writeFileSync(file, JSON.stringify({ evaluation_interval: '1s', tests }));
      const checking = new Program(t, 'promtool', ['test', 'rules', file]);
      const { exitCode, stdout, stderr } = await checking.ended();
      assert.equal(exitCode, 0, `${stdout}${stderr}`);
    },
  );
}

test('a Prometheus that does not answer is waited for three seconds', async (t) => {
  const port = await answerAt(t, () => undefined);
  using source = new MatrixSource({
    watch: new MadeWatchView([]),
    node: { name: 'a', zone: null },
    prometheus: `http://127.0.0.1:${port}`,
  });
  const { source: from, error } = await source.at(undefined);
  assert.deepEqual([from, error], ['own row', 'no answer within 3 seconds']);
});
