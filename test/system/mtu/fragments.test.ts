// echogram serve counts the datagrams that arrived in fragments, where its engine can.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NetworkNamespace } from '../../helpers/namespaces.ts';
import { repositoryPath } from '../../helpers/repository.ts';
import { firstSkip, needsIPv6, needsLinuxEngine, needsNamespaces } from '../../helpers/skips.ts';

for (const [host, engine, skip] of [
  ['127.0.0.1', 'linux', firstSkip(needsNamespaces(), needsLinuxEngine())],
  ['::1', 'linux', firstSkip(needsNamespaces(), needsLinuxEngine(), needsIPv6())],
  ['127.0.0.1', 'portable', needsNamespaces()],
] as const) {
  test(
    `datagrams that arrived in fragments are counted (${host}, ${engine})`,
    { skip },
    async (t) => {
      const namespace = NetworkNamespace.create(t);
      namespace.run('ip', 'link', 'set', 'lo', 'mtu', '1500');
      const flags = ['--host', host, '--engine', engine, '--metrics', '127.0.0.1:9100'];
      const server = namespace.startEchogram(t, 'serve', ...flags);
      await server.untilStdout(/waiting/);
      // Two in fragments, and one whole.
      for (const message of ['a'.repeat(3000), 'b'.repeat(1473), 'c'.repeat(1400)]) {
        const { exitCode } = await namespace.startEchogram(t, 'send', host, message).ended();
        assert.equal(exitCode, 0);
      }
      const metrics = namespace.run(
        'python3',
        repositoryPath('test/peers/get.py'),
        '127.0.0.1:9100',
        '/metrics',
      );
      const [, counted] = /^echogram_datagrams_fragmented_total (\d+)$/m.exec(metrics) ?? [];
      server.child.kill('SIGINT');
      const { stderr } = await server.ended();
      const isLinux = engine === 'linux';
      assert.equal(counted, isLinux ? '2' : undefined);
      assert.equal(stderr.includes('2 arrived in fragments'), isLinux, stderr);
    },
  );
}
