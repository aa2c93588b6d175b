// echogram serve --metrics: what it serves over HTTP is what it counted, in a form that Prometheus
// itself reads.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { serve } from '../../src/index.ts';
import { openMetricsEndpoint } from '../../src/metrics/http-endpoint.ts';
import { SERVER_METRICS } from '../../src/metrics/server-metrics.ts';
import { VERSION } from '../../src/version.ts';
import { deadline, until } from '../helpers/deadline.ts';
import { scrape, type ScrapedSample } from '../helpers/exposition.ts';
import { Program, runEchogram, startServer } from '../helpers/programs.ts';
import { firstSkip, needsLinux, needsProgram } from '../helpers/skips.ts';
import { UdpPeer } from '../helpers/udp.ts';

interface Metered {
  readonly server: Program;
  readonly port: number;
  /** `http://127.0.0.1:…` */
  readonly origin: string;
}

/** Starts `echogram serve --metrics` on two free ports. */
async function startMetered(t: TestContext, ...args: readonly string[]): Promise<Metered> {
  const local = ['--host', '127.0.0.1', '--metrics', '0'];
  const { server, port } = await startServer(t, ...local, ...args);
  const [, origin = ''] = await server.untilStderr(/metrics at (http:\S+)\/metrics\n/);
  return { server, port, origin };
}

/** Has three datagrams of 1, 2 and 3 bytes answered, one after the other. */
async function exchangeThree(t: TestContext, port: number): Promise<void> {
  const peer = await UdpPeer.open(t);
  for (const payload of ['a', 'bb', 'ccc']) {
    await peer.send(payload, port);
    assert.equal((await peer.next('an echo')).payload.toString(), payload);
  }
}

/** Scrapes until a sample has that value: a thread counts a moment after the client has its reply. */
async function scrapeUntil(
  origin: string,
  name: string,
  value: number,
): Promise<ReadonlyMap<string, ScrapedSample>> {
  let samples: ReadonlyMap<string, ScrapedSample> = new Map();
  await until(async () => {
    samples = await scrape(`${origin}/metrics`);
    return samples.get(name)?.value === value;
  }, `${name} to be ${value}`);
  return samples;
}

const LOOP_DELAY = 'echogram_event_loop_delay_seconds';

for (const engine of ['linux', 'portable'] as const) {
  test(
    `serves the very numbers that the ${engine} engine counted`,
    { skip: needsLinux() },
    async (t) => {
      const { server, port, origin } = await startMetered(t, '--json', '--engine', engine);
      await exchangeThree(t, port);
      // Never answered: the server's own port as source port. Linux has all of 127/8.
      const alike = await UdpPeer.open(t, '127.0.0.2', port);
      await alike.send('four', port);
      await scrapeUntil(origin, 'echogram_datagrams_refused_total{reason="own-port"}', 1);
      const samples = await scrapeUntil(origin, 'echogram_datagrams_sent_total', 3);
      const valueOf = (name: string): number | undefined => samples.get(`echogram_${name}`)?.value;

      assert.equal(valueOf('datagrams_received_total'), 4);
      // 1 + 2 + 3 + 4
      assert.equal(valueOf('received_bytes_total'), 10);
      assert.equal(valueOf('sent_bytes_total'), 6);
      assert.equal(valueOf('receive_errors_total'), 0);
      // Each came when the one before had been answered: four batches of one.
      assert.equal(valueOf('batch_datagrams_bucket{le="1"}'), 4);
      assert.equal(valueOf('batch_datagrams_bucket{le="+Inf"}'), 4);
      assert.equal(valueOf('batch_datagrams_sum'), 4);
      assert.equal(valueOf('batch_datagrams_count'), 4);
      assert.equal(valueOf('workers{state="asked"}'), 1);
      assert.equal(valueOf('workers{state="alive"}'), 1);
      const hasLoopDelay = samples.has(`${LOOP_DELAY}{quantile="0.99"}`);
      assert.equal(hasLoopDelay, engine === 'portable');
      // 4 MiB are asked for, docs/cli.md; what is granted is the system's to say.
      assert.equal(valueOf('receive_buffer_bytes{state="asked"}'), 4_194_304);
      assert.equal(valueOf('send_buffer_bytes{state="asked"}'), 4_194_304);
      const { node } = process.versions;
      assert.equal(
        valueOf(`build_info{version="${VERSION}",engine="${engine}",node="${node}"}`),
        1,
      );
      // Only the Linux engine can know what the kernel dropped.
      const known = engine === 'linux' ? 0 : undefined;
      for (const reason of ['receive_buffer', 'checksum', 'buffer_or_checksum']) {
        assert.equal(valueOf(`datagrams_dropped_total{reason="${reason}"}`), known);
      }

      server.child.kill('SIGTERM');
      const { stdout } = await server.ended();
      const closed = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as ClosedEvent;
      const of = (metric: string, label: string): Record<string, number> =>
        valuesByLabel(samples, `echogram_datagrams_${metric}_total`, label);
      assert.deepEqual(of('refused', 'reason'), closed.refused);
      assert.deepEqual(of('impaired', 'impairment'), closed.impaired);
      const none = { receive_buffer: 0, checksum: 0, buffer_or_checksum: 0 };
      const dropped = engine === 'linux' ? none : {};
      assert.deepEqual(of('dropped', 'reason'), { ...dropped, ...closed.sendFailed });
    },
  );
}

interface ClosedEvent {
  readonly refused: Readonly<Record<string, number>>;
  readonly impaired: Readonly<Record<string, number>>;
  readonly sendFailed: Readonly<Record<string, number>>;
}

function valuesByLabel(
  samples: ReadonlyMap<string, ScrapedSample>,
  metric: string,
  label: string,
): Record<string, number> {
  const own = [...samples.values()].filter(({ name }) => name === metric);
  return Object.fromEntries(own.map(({ labels, value }) => [labels[label] ?? '', value]));
}

test('serves each metric of the table, with the labels and the values that the table names', async (t) => {
  const { origin } = await startMetered(t);
  const samples = [...(await scrape(`${origin}/metrics`)).values()];
  // The Linux engine answers from other threads.
  const exported = SERVER_METRICS.filter(({ name }) => name !== LOOP_DELAY);
  for (const { name, type, labels = {} } of exported) {
    const suffix = type === 'histogram' ? '(?:_bucket|_sum|_count)' : '';
    const own = samples.filter((sample) => new RegExp(`^${name}${suffix}$`).test(sample.name));
    assert.notEqual(own.length, 0, name);
    const bound = type === 'histogram' ? ['le'] : [];
    const known = [...Object.keys(labels), ...bound];
    for (const sample of own) {
      assert.ok(
        Object.keys(sample.labels).every((label) => known.includes(label)),
        name,
      );
    }
    for (const [label, meaning] of Object.entries(labels)) {
      if (typeof meaning === 'string') continue;
      const values = own.map((sample) => sample.labels[label]);
      assert.deepEqual(values, Object.keys(meaning), name);
    }
  }
});

for (const [what, method, path, status, body] of [
  ['a query after the path', 'GET', '/metrics?name=up', 200, /^# HELP echogram_/],
  ['the health check', 'GET', '/healthz', 200, /^workers that answer: 1 of 1\n$/],
  ['HEAD, without a body', 'HEAD', '/metrics', 200, /^$/],
  ['404 for another path', 'GET', '/', 404, /^here are \/metrics, \/healthz, and \/-\/ready\n$/],
  ['404 for the name of a property', 'GET', '/constructor', 404, /^here are/],
  ['405 for another method', 'POST', '/metrics', 405, /^only GET is allowed\n$/],
] as const) {
  test(`answers over HTTP: ${what}`, async (t) => {
    const { origin } = await startMetered(t);
    const response = await fetch(`${origin}${path}`, { method });
    assert.equal(response.status, status);
    assert.match(await response.text(), body);
    // RFC 9110 section 15.5.6.
    assert.equal(response.headers.get('allow'), status === 405 ? 'GET, HEAD' : null);
    const isMetrics = status === 200 && path.startsWith('/metrics');
    const type = isMetrics ? /^text\/plain; version=0\.0\.4; charset=utf-8$/ : /^text\/plain;/;
    assert.match(response.headers.get('content-type') ?? '', type);
  });
}

test('the health check is 503 where a worker does not answer', async () => {
  const server = await serve({ host: '127.0.0.1', port: 0 });
  const options = { host: '127.0.0.1', port: 0, onFault: assert.ifError };
  await using endpoint = await openMetricsEndpoint(options);
  endpoint.publish(server);
  await server.close();
  const response = await fetch(`http://127.0.0.1:${endpoint.port}/healthz`);
  assert.deepEqual(
    [response.status, await response.text()],
    [503, 'workers that answer: 0 of 1\n'],
  );
});

test('the metrics are for who asks by a name that is known, and says how to make it so', async (t) => {
  const { origin } = await startMetered(t, '--metrics-name', 'echo.example,other.example');
  for (const [host, status, body] of [
    ['rebound.example', 421, /^unknown host name; .* --metrics-name and this name\n$/],
    ['ECHO.example:9100', 200, /^# HELP/],
    ['other.example', 200, /^# HELP/],
  ] as const) {
    const response = await askBy(host, `${origin}/metrics`);
    assert.deepEqual([host, response.status], [host, status]);
    assert.match(response.body, body);
  }
});

test('--metrics-name takes no port', async (t) => {
  const name = 'echo.example:9100';
  const args = ['serve', '--port', '0', '--metrics', '0', '--metrics-name', name];
  const { stderr, exitCode } = await runEchogram(t, args);
  const rule = 'host names, without a port';
  const message = `--metrics-name must be ${rule}, got \`${name}\`; write echo.example.net`;
  assert.deepEqual([exitCode, stderr], [2, `echogram: ${message}\n`]);
});

/** fetch() allows no other Host header. */
async function askBy(host: string, url: string): Promise<{ status?: number; body: string }> {
  const [response] = (await deadline(
    once(get(url, { headers: { host }, agent: false }), 'response'),
    () => url,
  )) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { ...(response.statusCode === undefined ? {} : { status: response.statusCode }), body };
}

test('ends in one line, with exit code 2, where the port of the metrics is taken', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  t.after(() => holder.close());
  const { port } = holder.address() as AddressInfo;
  const args = ['serve', '--host', '127.0.0.1', '--port', '0', '--metrics', String(port)];
  assert.deepEqual(await runEchogram(t, args), {
    stdout: '',
    stderr: `echogram: cannot serve metrics at 127.0.0.1 port ${port}: the port is in use (EADDRINUSE); stop the program that uses it, or choose another port (0 picks a free one)\n`,
    exitCode: 2,
    signal: null,
  });
});

for (const engine of ['linux', 'portable'] as const) {
  const skip = firstSkip(needsProgram('promtool'), needsLinux());

  test(`promtool finds nothing to say about the metrics (${engine})`, { skip }, async (t) => {
    const { port, origin } = await startMetered(t, '--engine', engine);
    await exchangeThree(t, port);
    const exposition = await (await fetch(`${origin}/metrics`)).text();
    const promtool = new Program(t, 'promtool', ['check', 'metrics']);
    promtool.child.stdin?.end(exposition);
    assert.deepEqual(await promtool.ended(), {
      stdout: '',
      stderr: '',
      exitCode: 0,
      signal: null,
    });
  });
}

/** Starts Prometheus on a free port, to scrape that origin each second, and resolves with its own. */
async function startPrometheus(t: TestContext, origin: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'echogram-prometheus-'));
  const config = join(folder, 'prometheus.yml');
  const job = { job_name: 'echogram', static_configs: [{ targets: [new URL(origin).host] }] };
  // JSON is YAML.
  writeFileSync(
    config,
    JSON.stringify({ global: { scrape_interval: '1s' }, scrape_configs: [job] }),
  );
  const prometheus = new Program(t, 'prometheus', [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    '--web.listen-address=127.0.0.1:0',
  ]);
  // After the program has ended: these are called in the order in which they are given.
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const [, port = ''] = await prometheus.untilStderr(
    /"Listening on" [^\n]*address=127\.0\.0\.1:(\d+)/,
  );
  await prometheus.untilStderr(/Server is ready to receive web requests/);
  return `http://127.0.0.1:${port}`;
}

/** The value that Prometheus has of an expression, as it writes it; or `undefined`. */
async function ask(prometheus: string, expression: string): Promise<string | undefined> {
  const query = new URLSearchParams({ query: expression });
  const response = await fetch(`${prometheus}/api/v1/query?${query.toString()}`);
  const answer = (await response.json()) as {
    data?: { result: { value: [time: number, value: string] }[] };
  };
  return answer.data?.result[0]?.value[1];
}

test(
  'Prometheus scrapes it and knows the numbers',
  { skip: needsProgram('prometheus') },
  async (t) => {
    const { port, origin } = await startMetered(t);
    await exchangeThree(t, port);
    await scrapeUntil(origin, 'echogram_datagrams_sent_total', 3);
    const prometheus = await startPrometheus(t, origin);
    for (const [expression, value] of [
      ['up{job="echogram"}', '1'],
      ['echogram_datagrams_received_total', '3'],
      ['echogram_sent_bytes_total', '6'],
      ['sum(echogram_datagrams_refused_total)', '0'],
      ['echogram_batch_datagrams_bucket{le="+Inf"}', '3'],
      ['echogram_workers{state="alive"}', '1'],
    ] as const) {
      await until(
        async () => (await ask(prometheus, expression)) === value,
        `Prometheus to have ${value} as ${expression}`,
      );
    }
  },
);
