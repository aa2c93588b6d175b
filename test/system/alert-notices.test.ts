// Notices to real receivers: a webhook in Python that fails at first, and an Alertmanager.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { AddressInfo } from 'node:net';
import { AlertsBench, ALERTS_START_MS } from '../helpers/alerts-bench.ts';
import { until } from '../helpers/deadline.ts';
import { Program } from '../helpers/programs.ts';
import { repositoryPath } from '../helpers/repository.ts';
import { needsProgram } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const RULE = { name: 'TargetDown', raise: 'received = 0', labels: { severity: 'page' } };

test(
  'a webhook that fails is told again until it takes the latest state of each alert',
  { skip: needsProgram('python3') },
  async (t) => {
    const { python, port } = await failingWebhook(t, 'redirect', 'unavailable');
    const webhook = `http://me:s%40cret@127.0.0.1:${port}/hook?token=hidden`;
    const bench = await AlertsBench.open({
      alerts: [RULE, { ...RULE, name: 'b' }],
      notify: { webhook },
    });
    bench.add({ lost: 10 });
    await until(() => bench.alerts.notifiers[0]!.failures > 0, 'the first failure');
    // Meanwhile one of the alerts has ended.
    bench.add({ received: 10 });
    bench.add({ lost: 10 }, { lost: 10 }, { lost: 10 }, { lost: 10 }, { lost: 10 }, { lost: 10 });
    await until(() => bench.alerts.notifiers[0]!.sent > 0, 'the webhook to take a notice');
    const [told = ''] = python.stdout.split('\n').slice(1);
    const [scheme, user = '', ...body] = told.split(' ');
    assert.deepEqual([scheme, Buffer.from(user, 'base64').toString()], ['Basic', 'me:s@cret']);
    const { schema, alerts } = JSON.parse(body.join(' ')) as {
      schema: string;
      alerts: Record<string, unknown>[];
    };
    assert.equal(schema, 'echogram.alerts/1');
    assert.deepEqual(alerts.map(({ rule }) => rule).sort(), ['TargetDown', 'b']);
    const { version: _version, ...alert } = {
      version: 0,
      ...alerts.find(({ rule }) => rule === 'TargetDown')!,
    };
    const iso = (seconds: number): string =>
      new Date(ALERTS_START_MS + seconds * 1000).toISOString();
    assert.deepEqual(alert, {
      status: 'firing',
      rule: 'TargetDown',
      key: 'fra default',
      labels: {
        alertname: 'TargetDown',
        target: 'fra',
        probe: 'default',
        site: 'main',
        severity: 'page',
      },
      startsAt: iso(80),
      endsAt: null,
      summary: 'TargetDown: fra',
      description:
        'fra (fra.example.net port 7, echo): received 0 (received = 0). Rule: received = 0.',
    });
    const { url, failures, lastError } = bench.alerts.notifiers[0]!;
    assert.deepEqual([url, failures, lastError], [`http://127.0.0.1:${port}/hook`, 2, null]);
    const failed = bench.told.filter((text) => text.startsWith('notify_failed'));
    assert.deepEqual(failed, [
      `notify_failed webhook http://127.0.0.1:${port}/hook: HTTP status 302; it is tried again`,
    ]);
    await bench.alerts[Symbol.asyncDispose]();
  },
);

for (const [way, reason] of [
  ['redirect', 'HTTP status 302'],
  ['unavailable', 'HTTP status 503'],
  ['drop', 'UND_ERR_SOCKET'],
] as const) {
  test(
    `a webhook that fails by ${way} is told again, and the event says ${reason}`,
    { skip: needsProgram('python3') },
    async (t) => {
      const { port } = await failingWebhook(t, way);
      const webhook = `http://127.0.0.1:${port}/`;
      const bench = await AlertsBench.open({ alerts: [RULE], notify: { webhook } });
      bench.add({ lost: 10 });
      await until(() => bench.alerts.notifiers[0]!.sent > 0, 'the webhook to take a notice');
      assert.deepEqual(bench.told.slice(1), [
        `notify_failed webhook ${webhook}: ${reason}; it is tried again`,
      ]);
      await bench.alerts[Symbol.asyncDispose]();
    },
  );
}

async function failingWebhook(
  t: TestContext,
  ...ways: readonly string[]
): Promise<{ python: Program; port: number }> {
  const peer = repositoryPath('test/peers/failing_webhook.py');
  const python = new Program(t, 'python3', [peer, ...ways]);
  const [, port] = await python.untilStdout(/^(\d+)\n/);
  return { python, port: Number(port) };
}

test('a receiver that is not there holds up neither judging nor the end', async () => {
  const bench = await AlertsBench.open({
    alerts: [RULE],
    notify: { webhook: 'http://127.0.0.1:1', alertmanager: ['http://127.0.0.1:1/am/'] },
  });
  assert.deepEqual(bench.add({ lost: 10 }, { received: 10 }), ['firing', 'quiet']);
  await until(() => bench.alerts.notifiers.every(({ failures }) => failures > 0), 'both to fail');
  assert.deepEqual(
    bench.alerts.notifiers.map(({ url }) => url),
    ['http://127.0.0.1:1/am/api/v2/alerts', 'http://127.0.0.1:1/'],
  );
  await bench.alerts[Symbol.asyncDispose]();
});

const ALERTMANAGER = 'prometheus-alertmanager';

interface KnownAlert {
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly startsAt: string;
  readonly status: { readonly state: string };
}

test(
  'TargetDown reaches an Alertmanager, and is resolved there',
  { skip: needsProgram(ALERTMANAGER) },
  async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(
      join(folder, 'am.yml'),
      'route: {receiver: nobody}\nreceivers: [{name: nobody}]\n',
    );
    const port = await freePort();
    const flags = [
      `--config.file=${join(folder, 'am.yml')}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ];
    const manager = new Program(t, ALERTMANAGER, flags);
    await manager.untilStderr(/Listening/i);
    const alertmanager = `http://127.0.0.1:${port}`;
    const known = async (): Promise<KnownAlert[]> =>
      (await (
        await fetch(`${alertmanager}/api/v2/alerts?filter=alertname%3DTargetDown`)
      ).json()) as KnownAlert[];
    const bench = await AlertsBench.open({ alerts: [RULE], notify: { alertmanager } });
    // An Alertmanager drops what has ended long ago: the time must be now.
    bench.nowMs = Date.now() - 30_000;
    bench.add({ lost: 10 });
    const startsAt = new Date(bench.nowMs).toISOString();
    await until(async () => (await known()).length === 1, 'the Alertmanager to know the alert');
    const [alert] = await known();
    assert.deepEqual(alert!.labels, {
      alertname: 'TargetDown',
      target: 'fra',
      probe: 'default',
      site: 'main',
      severity: 'page',
    });
    assert.equal(alert!.annotations['summary'], 'TargetDown: fra');
    assert.deepEqual(
      [new Date(alert!.startsAt).toISOString(), alert!.status.state],
      [startsAt, 'active'],
    );
    bench.add({ received: 10 }, { received: 10 });
    await until(
      async () => (await known()).length === 0,
      'the Alertmanager to take it for resolved',
    );
    assert.equal(bench.alerts.notifiers[0]!.failures, 0);
    await bench.alerts[Symbol.asyncDispose]();
  },
);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
