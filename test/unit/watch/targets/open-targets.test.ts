import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../../../../src/errors.ts';
import type { WatchConfig } from '../../../../src/watch/config/watch-config.ts';
import { WatchedTargets } from '../../../helpers/watched-targets.ts';

test('targets of the configuration come with their addresses, all at once', async (t) => {
  const config = {
    probes: { voice: { protocol: 'stamp', interval: '100ms', family: 'both', dscp: 'EF' } },
    targets: [
      '192.0.2.7',
      '[2001:db8::7]:7000',
      { static: [{ name: 'ams', host: 'ams.example:9', labels: { site: 'ams' } }, 'localhost'] },
      { static: ['localhost'], probe: 'voice', labels: { region: 'eu' } },
    ],
  } as const satisfies WatchConfig;
  const hosts = '192.0.2.9 ams ams.example\n';
  const watched = await WatchedTargets.open(t, config, { hosts });
  assert.equal(watched.told.length, 1);
  assert.deepEqual(watched.latest, {
    '192.0.2.7 default': '192.0.2.7 10000',
    '[2001:db8::7]:7000 default': '2001:db8::7 7000',
    'ams default': '192.0.2.9 9',
    'localhost default': '127.0.0.1 10000',
    'localhost voice ipv4': '127.0.0.1 862',
    'localhost voice ipv6': '::1 862',
  });
  const [, , ams, , voice] = watched.told[0]!.map(({ target }) => target);
  assert.deepEqual(ams?.labels, { site: 'ams' });
  assert.deepEqual(voice?.labels, { region: 'eu' });
  const { key: _, ...settings } = voice.probe;
  assert.deepEqual(settings, {
    ...{ name: 'voice', protocol: 'stamp', intervalMs: 100, timeoutMs: 1000 },
    ...{ payloadBytes: 44, dscp: 46, flows: 1 },
  });
  assert.deepEqual(watched.events, []);
});

test('a name that nobody knows is no error: it has no address, is told of once, and counted', async (t) => {
  const watched = await WatchedTargets.open(t, { targets: ['nowhere.example', '127.0.0.1'] });
  assert.deepEqual(watched.latest, {
    'nowhere.example default': null,
    '127.0.0.1 default': '127.0.0.1 10000',
  });
  const resolution = watched.part.resolutionOf('nowhere.example default');
  assert.equal(resolution?.error, 'no name server listens (ECONNREFUSED)');
  assert.equal(resolution.failures, 1);
  assert.deepEqual(watched.happened, ['resolve_failed nowhere.example default']);
});

test('a reload keeps what did not change, and tells what came and left', async (t) => {
  const watched = await WatchedTargets.open(t, { targets: ['127.0.0.1', '127.0.0.2'] });
  const [before] = watched.told.at(-1)!;
  await watched.part.reload({ targets: ['127.0.0.3', '127.0.0.1'] });
  assert.deepEqual(Object.keys(watched.latest), ['127.0.0.3 default', '127.0.0.1 default']);
  const after = watched.told.at(-1)![1]!;
  assert.equal(after.target, before!.target);
  assert.equal(after.address, before!.address);
  assert.deepEqual(watched.happened, [
    'target_left 127.0.0.2 default',
    'target_added 127.0.0.3 default',
  ]);
  await watched.part.reload({ targets: [] });
  assert.deepEqual(watched.latest, {});
  assert.equal(watched.part.resolutionOf('127.0.0.1 default'), undefined);
});

test('a configuration with an error is refused as a whole, and changes nothing', async (t) => {
  const watched = await WatchedTargets.open(t, { targets: ['127.0.0.1'] });
  const wrong: WatchConfig = {
    probes: { default: { protocol: 'stamp', key_file: '/nowhere/key' } },
    targets: ['127.0.0.2'],
  };
  await assert.rejects(watched.part.reload(wrong), (error: unknown) => {
    assert.ok(OptionError.is(error));
    assert.equal(
      error.message,
      'probes.default.key_file must be a file that can be read (ENOENT), got `/nowhere/key`',
    );
    return true;
  });
  await assert.rejects(watched.part.reload({ targets: ['a', 'a'] }), { name: 'OptionError' });
  assert.equal(watched.told.length, 1);
  assert.notEqual(watched.part.resolutionOf('127.0.0.1 default'), undefined);
});

test('an address that stands for many hosts is not probed, whatever name led there', async (t) => {
  const watched = await WatchedTargets.open(
    t,
    { targets: ['all.example', 'group.example', 'one.example'] },
    { hosts: '255.255.255.255 all.example\nff02::1 group.example\n192.0.2.7 one.example\n' },
  );
  assert.deepEqual(Object.values(watched.latest), [null, null, '192.0.2.7 10000']);
  assert.equal(
    watched.part.resolutionOf('all.example default')?.error,
    '255.255.255.255 is not probed: it is a broadcast or multicast address, which many hosts may answer',
  );
});

test('many names of one address get no more than one host may get; loopback has no limit', async (t) => {
  const names = Array.from({ length: 12 }, (_, n) => `n${n}.example`);
  const hosts = names.map((name) => `192.0.2.7 ${name}\n127.0.0.9 own-${name}\n`).join('');
  const config: WatchConfig = {
    probes: { default: { interval: '10ms' } },
    targets: [...names, ...names.map((name) => `own-${name}`)],
  };
  const watched = await WatchedTargets.open(t, config, { hosts });
  const probed = Object.values(watched.latest).filter((address) => address !== null);
  assert.equal(probed.filter((address) => address.startsWith('192.0.2.7')).length, 10);
  assert.equal(probed.filter((address) => address.startsWith('127.')).length, 12);
  assert.equal(
    watched.part.resolutionOf('n10.example default')?.error,
    'not probed: it would be more than 1,000 probes per second to 192.0.2.7',
  );
});
