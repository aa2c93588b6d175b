// A watch whose name server stops answering, at the start, at a refresh and at a reload: dnsmasq, stopped by a signal, is
// still bound and says nothing.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { ApiStatus, ApiTargets } from '../../src/web/watch-api.ts';
import { until } from '../helpers/deadline.ts';
import { readExposition } from '../helpers/exposition.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { BIN, isStopped, type Program } from '../helpers/programs.ts';
import { repositoryPath } from '../helpers/repository.ts';
import { firstSkip, needsNamespaces, needsProgram } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const PAGE = '127.0.0.1:10001';

/** More than the names that are looked up at once, and many more than the threads that getaddrinfo would wait in. */
const NAMES = Array.from({ length: 40 }, (_, at) => `n${at}.example:7`);

/** At an address; its replies are in time however this machine stalls. */
const STEADY = '127.0.0.9:7';

const INTERVAL_MS = 50;

/** That the page opens in, whatever the name server does. */
const MOST_PAGE_MS = 1000;

/** Prints how many milliseconds each of three openings takes. */
const OPENINGS = `
import http.client, sys, time
took = []
for opening in range(3):
    began = time.monotonic()
    for path in ('/', '/api/v1/targets'):
        connection = http.client.HTTPConnection(sys.argv[1], timeout=30)
        connection.request('GET', path)
        answer = connection.getresponse()
        assert answer.status == 200 and len(answer.read()) > 100
    took.append((time.monotonic() - began) * 1000)
print(took)
`;

class Host {
  readonly host: NetworkNamespace;
  readonly config: string;
  readonly nameServer: Program;
  #watch: Program | undefined;

  constructor(t: TestContext) {
    this.host = NetworkNamespace.create(t);
    this.config = join(temporaryFolder(t), 'watch.json');
    this.nameServer = this.host.start(
      t,
      ...(['dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--user=root'] as const),
      ...['--no-resolv', '--no-hosts', '--pid-file', '--listen-address=127.0.0.1'],
      ...['--bind-interfaces', '--address=/example/127.0.0.2', '--local-ttl=1'],
    );
  }

  configure(...targets: readonly string[]): void {
    const probes = { default: { interval: `${INTERVAL_MS}ms`, timeout: '30s' } };
    writeFileSync(this.config, JSON.stringify({ probes, targets }));
  }

  async startWatch(t: TestContext): Promise<void> {
    const resolvConf = join(temporaryFolder(t), 'resolv.conf');
    // getaddrinfo would wait for longer than this test lasts.
    writeFileSync(resolvConf, 'nameserver 127.0.0.1\noptions timeout:30 attempts:5\n');
    const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
    const command = [process.execPath, BIN, 'watch', '--config', this.config, '--quiet'];
    this.#watch = this.host.start(t, 'unshare', '-m', 'sh', '-c', script, resolvConf, ...command);
    await this.#watch.untilStderr(/metrics at/);
  }

  reload(): void {
    assert.ok(this.#watch!.child.kill('SIGHUP'));
  }

  async silence(): Promise<void> {
    const { child } = this.nameServer;
    assert.ok(child.kill('SIGSTOP'));
    await until(() => isStopped(child.pid!), 'dnsmasq to be stopped');
  }

  answer(): void {
    assert.ok(this.nameServer.child.kill('SIGCONT'));
  }

  get(path: string): string {
    return this.host.run('python3', repositoryPath('test/peers/get.py'), PAGE, path);
  }

  statuses(): ReadonlyMap<string, ApiStatus> {
    const { targets } = JSON.parse(this.get('/api/v1/targets')) as ApiTargets;
    return new Map(targets.map((status) => [status.target.name, status]));
  }

  async untilState(name: string, code: string): Promise<void> {
    const codeNow = (): string | undefined => this.statuses().get(name)?.state.code;
    await until(() => codeNow() === code, `${name} to be ${code}, not ${codeNow()}`);
  }

  /** A sample of a target. */
  sample(name: string, target: string): number {
    const samples = [...readExposition(this.get(`/metrics?${performance.now()}`)).values()];
    const isIt = (each: { name: string; labels: Readonly<Record<string, string>> }): boolean =>
      each.name === `echogram_watch_${name}` && each.labels['target'] === target;
    return samples.find(isIt)?.value ?? assert.fail(`no ${name} of ${target}`);
  }

  /** Opens the page and what it asks for first: one that waits for a name server is late each time, a busy machine is not. */
  assertPageOpensSoon(): void {
    const took = JSON.parse(this.host.run('python3', '-c', OPENINGS, PAGE)) as number[];
    assert.ok(Math.min(...took) < MOST_PAGE_MS, `it took ${took.join()} ms`);
  }
}

function works({ state }: ApiStatus): boolean {
  return state.code === 'WORKS';
}

/** A busy machine makes a probe late now and then; a name server that is waited for would stop them all. */
const MOST_LEFT_OUT = 0.05;

/** What was sent to a target that needs no name server meanwhile, and that its replies are in time. */
async function assertSteady(host: Host, meanwhile: () => Promise<void>): Promise<void> {
  const sent = (): number => host.sample('probes_sent_total', STEADY);
  const [before, beganAtMs] = [sent(), performance.now()];
  await meanwhile();
  const [after, tookMs] = [sent(), performance.now() - beganAtMs];
  const expected = tookMs / INTERVAL_MS;
  // The two scrapes take a while of their own.
  assert.ok(
    after - before > (1 - MOST_LEFT_OUT) * expected - 10,
    `${after - before} of ${expected}`,
  );
  const leftOut = host.sample('probes_skipped_total', STEADY);
  assert.ok(leftOut <= MOST_LEFT_OUT * after, `${leftOut} left out, ${after} sent`);
  for (const name of ['send_failed', 'late']) {
    assert.equal(host.sample(`probes_${name}_total`, STEADY), 0, name);
  }
}

test(
  'a name server that falls silent disturbs no probe, no page and no reload, and addresses are kept',
  { skip: firstSkip(needsNamespaces(), needsProgram('dnsmasq'), needsProgram('python3')) },
  async (t) => {
    const host = new Host(t);
    const echo = host.host.start(t, process.execPath, BIN, 'serve', '--host', '0.0.0.0', '-p', '7');
    await echo.untilStdout(/starting up/);
    await until(() => host.host.run('ss', '-lun').includes('127.0.0.1:53'), 'dnsmasq to listen');
    await host.silence();
    host.configure(STEADY, ...NAMES);

    // At the start.
    const beganAtMs = performance.now();
    await host.startWatch(t);
    const tookMs = performance.now() - beganAtMs;
    assert.ok(tookMs < 10_000, `it started after ${tookMs} ms`);
    await host.untilState(STEADY, 'WORKS');
    const [first = ''] = NAMES;
    await assertSteady(host, async () => {
      host.assertPageOpensSoon();
      await until(() => host.sample('resolve_failures_total', first) > 0, 'a look-up to fail');
      const { code, words } = host.statuses().get(first)!.state;
      assert.equal(code, 'UNRESOLVED');
      assert.match(words, /has no address yet \(no name server answered in time \(ETIMEOUT\)\)/);
      assert.ok(host.sample('probes_unresolved_total', first) > 0);
    });

    // It answers, and falls silent again: at the next refresh the last good addresses are kept.
    host.answer();
    const allWork = (): boolean => [...host.statuses().values()].every(works);
    await until(allWork, 'all to work');
    await host.silence();
    const failures = (): number => host.sample('resolve_failures_total', first);
    const before = failures();
    await assertSteady(host, async () => {
      await until(() => failures() > before, 'a refresh to fail');
      const received = host.sample('probes_received_total', first);
      await until(() => host.sample('probes_received_total', first) > received + 5, 'replies');
      const { address, resolveError, state } = host.statuses().get(first)!;
      assert.equal(address?.address, '127.0.0.2');
      assert.equal(resolveError, 'no name server answered in time (ETIMEOUT)');
      assert.equal(state.code, 'WORKS');
      host.assertPageOpensSoon();
    });

    // At a reload, which reads files: four threads that wait for a name server would hold it up.
    host.configure(STEADY, 'new.example:7', ...NAMES);
    await assertSteady(host, async () => {
      const askedAtMs = performance.now();
      host.reload();
      await host.untilState('new.example:7', 'UNRESOLVED');
      const reloadMs = performance.now() - askedAtMs;
      assert.ok(reloadMs < 3000, `the reload took ${reloadMs} ms`);
      host.assertPageOpensSoon();
    });
    assert.ok(host.sample('probes_unresolved_total', 'new.example:7') > 0);
    assert.equal(host.statuses().get(first)!.address?.address, '127.0.0.2');
  },
);
