// echogram watch over HTTP, as a program: what Prometheus scrapes, behind TLS and a password.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { makeCertificates } from '../helpers/certificates.ts';
import { until } from '../helpers/deadline.ts';
import { scrape } from '../helpers/exposition.ts';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { Program, runEchogram, startEchogram } from '../helpers/programs.ts';
import { firstSkip, needsProgram } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** Of the password `wonderland`, by crypt(3) of libxcrypt. */
const HASH = '$2y$04$Hl2NV8qCbWnIuZfUAWXpROJGKiAR9E.QOIMqrguhE1u4FvzpA9y8S';

async function startWatch(
  t: TestContext,
  ...args: readonly string[]
): Promise<{ readonly watch: Program; readonly origin: string; readonly echo: string }> {
  const answering = await PlainEcho.open();
  t.after(() => answering[Symbol.asyncDispose]());
  const echo = `127.0.0.1:${answering.port}`;
  const quick = ['-i', '10ms', '-W', '5s', '--quiet', '--listen', '127.0.0.1:0'];
  const watch = startEchogram(t, ['watch', echo, ...quick, ...args]);
  const [, origin = ''] = await watch.untilStderr(/metrics at (http\S+)\/metrics\n/);
  return { watch, origin, echo };
}

test('in each scrape sent is received, late and lost, and no counter falls', async (t) => {
  const { origin, echo } = await startWatch(t);
  const labels = `{target="${echo}",probe="default",family=""}`;
  let before = new Map<string, number>();
  let latest = 0;
  for (let at = 0; at < 100 || latest < 20; at++) {
    const samples = await scrape(`${origin}/metrics?${at}`);
    const valueOf = (name: string): number =>
      samples.get(`echogram_watch_probes_${name}_total${labels}`)!.value;
    const lost = ['forward', 'backward', 'unknown'].map(
      (direction) =>
        samples.get(
          `echogram_watch_probes_lost_total${labels.replace('}', `,direction="${direction}"}`)}`,
        )!.value,
    );
    latest = valueOf('sent');
    assert.equal(latest, valueOf('received') + valueOf('late') + lost.reduce((a, b) => a + b));
    const rising = [...samples].filter(([, { name }]) => /_(?:total|bucket|count|sum)$/.test(name));
    for (const [series, { value }] of rising) {
      assert.ok(value >= (before.get(series) ?? 0), `${series} fell to ${value}`);
    }
    before = new Map(rising.map(([series, { value }]) => [series, value]));
  }
});

test('a scrape of /probe probes a watched target, and no other', async (t) => {
  const { origin, echo } = await startWatch(t);
  const response = await fetch(`${origin}/probe?target=${echo}`);
  const lines = (await response.text()).split('\n');
  for (const line of ['probe_success 1', 'echogram_probe_sent 5', 'echogram_probe_received 5']) {
    assert.ok(lines.includes(line), line);
  }
  assert.ok(lines.some((line) => /^echogram_probe_rtt_seconds\{stat="max"\} 0\.\d+$/.test(line)));
  assert.ok(lines.some((line) => /^probe_duration_seconds 0\.\d+$/.test(line)));
  for (const query of ['', '?target=127.0.0.1:9', `?target=${echo}&probe=other`]) {
    assert.equal((await fetch(`${origin}/probe${query}`)).status, 400, query);
  }
});

const canBeScraped = firstSkip(needsProgram('prometheus'), needsProgram('openssl'));

test('Prometheus scrapes it behind TLS and a password', { skip: canBeScraped }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'echogram-'));
  makeCertificates(folder);
  const web = `tls_server_config: {cert_file: server.crt, key_file: server.key}\nbasic_auth_users: {alice: ${HASH}}\n`;
  writeFileSync(join(folder, 'web.yml'), web);
  const { origin, echo } = await startWatch(t, '--web-config', join(folder, 'web.yml'));
  const config = {
    scrape_configs: [
      {
        job_name: 'watch',
        scrape_interval: '100ms',
        scrape_timeout: '100ms',
        scheme: 'https',
        tls_config: { ca_file: join(folder, 'ca.crt') },
        basic_auth: { username: 'alice', password: 'wonderland' },
        static_configs: [{ targets: [origin.replace('https://', '')] }],
      },
    ],
  };
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const prometheus = new Program(t, 'prometheus', [
    `--config.file=${join(folder, 'prometheus.yml')}`,
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
  const query = new URLSearchParams({
    query: `echogram_watch_probes_received_total{target="${echo}"} > 10`,
  });
  await until(async () => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?${query.toString()}`);
    const { data } = (await response.json()) as { data?: { result: unknown[] } };
    return data?.result.length === 1;
  }, 'Prometheus to have scraped ten replies');
});

test('a web configuration with a fault is told before anything is probed', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'web.yml');
  writeFileSync(file, 'basic_auth_user: {}\n');
  const { exitCode, stderr } = await runEchogram(t, [
    ...['watch', '127.0.0.1:7', '--web-config', file],
  ]);
  assert.equal(exitCode, 2);
  assert.match(stderr, /web\.yml:1:1: basic_auth_user is not a known field/);
});

test('an address beyond loopback needs a token or users', async (t) => {
  const { exitCode, stderr } = await runEchogram(t, [
    'watch',
    '127.0.0.1:7',
    '--listen',
    '0.0.0.0:0',
  ]);
  assert.equal(exitCode, 2);
  assert.match(stderr, /--listen must be a loopback address unless .*--web-config/);
});
