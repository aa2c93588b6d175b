import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ConfigFile } from '../../../../src/watch/config/config-file.ts';
import { parseWatchConfig } from '../../../../src/watch/config/load-config.ts';
import { OptionError } from '../../../../src/errors.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

async function refusalOf(text: string): Promise<string> {
  return await parseWatchConfig('/etc/watch.yaml', text).then(
    () => assert.fail('it was taken'),
    (error: unknown) => {
      assert.ok(OptionError.is(error) && error.code === 'ECHOGRAM_ERR_WATCH_CONFIG', String(error));
      return error.message;
    },
  );
}

const COMPLETE = `
probes:
  default: {protocol: stamp, interval: 500ms, timeout: 2s, size: 64, dscp: EF, flows: 4, family: both}
  slow: &slow {interval: 10s}
  slower: {<<: *slow, timeout: 3s}
targets:
  - fra.example.net
  - "[2001:db8::1]:7000"
  - static:
      - ams.example.net:7
      - {name: par, host: par.example.net, labels: {site: par}, probe: slow}
    labels: {region: eu}
  - file_sd: ["targets/*.json"]
  - http_sd: {url: "http://user:secret@sd.example.net/targets", refresh: 30s}
  - dns: {name: echogram.ns.svc.cluster.local., type: A, port: 7, refresh: 15s, max_peers: 20, identity_port: 9862}
alerts: [{name: loss, raise: "loss >= 5% over 1m for 3m", labels: {severity: page}}]
notify: {alertmanager: "http://127.0.0.1:9093", webhook: ["http://127.0.0.1:1", "http://127.0.0.1:2"]}
history: {path: watch.db, max_size: 512MiB}
limits: {max_rate: 20000, flood: false}
`;

test('a configuration with every key is taken; relative paths start from its folder', async () => {
  const config = await parseWatchConfig('/etc/echogram/watch.yaml', COMPLETE);
  assert.equal(config.history?.path, '/etc/echogram/watch.db');
  const [, , , files] = config.targets;
  assert.deepEqual(files, { file_sd: ['/etc/echogram/targets/*.json'] });
  assert.deepEqual(config.probes?.['slower'], { interval: '10s', timeout: '3s' });
});

test('JSON is taken too', async () => {
  const text = JSON.stringify({ targets: ['a', { static: ['b'] }] });
  assert.deepEqual((await parseWatchConfig('w.json', text)).targets, ['a', { static: ['b'] }]);
});

/** What is written, and the error; lines and columns counted by hand. */
const WRONG: readonly (readonly [what: string, text: string, message: string])[] = [
  [
    'an unknown key',
    'targets:\n  - a\nhistroy: {}\n',
    '3:1: histroy is not a known key; did you mean history?',
  ],
  [
    'an unknown key of a probe',
    'probes:\n  default: {interval: 1s,\n    tiemout: 2s}\ntargets: []\n',
    '3:5: probes.default.tiemout is not a known key; did you mean timeout?',
  ],
  [
    'an unknown key that is like no other',
    'targets:\n  - dns: {name: a, qqq: 1}\n',
    '2:20: targets[0].dns.qqq is not a known key; known are name, type, port, refresh, max_peers, identity_port',
  ],
  ['no targets', 'history: {}\n', '1:1: targets is missing'],
  ['a key twice', 'targets: []\ntargets: []\n', '2:1: the configuration has a key twice'],
  [
    'a number for a duration',
    'probes: {default: {interval: 1}}\ntargets: []\n',
    '1:30: probes.default.interval must be a text, got `1` (number); write it with its unit, such as 1s',
  ],
  [
    'a number for a label',
    'targets:\n  - static:\n      - host: a\n        labels: {rack: 12}\n',
    '4:24: targets[0].static[0].labels.rack must be a text, got `12` (number); put it in quotes',
  ],
  [
    'a duration without a unit',
    'probes: {default: {interval: "1"}}\ntargets: []\n',
    '1:30: probes.default.interval must be a duration from 10ms to 3600 seconds, with a unit, got `1`; write 1s',
  ],
  [
    'an interval below the floor',
    'probes: {default: {interval: 9.9ms}}\ntargets: []\n',
    '1:30: probes.default.interval must be a duration from 10ms to 3600 seconds, with a unit, got `9.9ms`; write 500ms, 1s or 2m',
  ],
  [
    'a timeout that asks for too much memory',
    'probes: {default: {interval: 10ms, timeout: 21s}}\ntargets: []\n',
    '1:45: probes.default.timeout must be at most 2048 intervals long, got `21000ms`; shorten it or lengthen the interval',
  ],
  [
    'a timeout of two minutes',
    'probes: {default: {timeout: 2m}}\ntargets: []\n',
    '1:29: probes.default.timeout must be a duration from 1ms to 60 seconds, with a unit, got `2m`; write 500ms or 1s',
  ],
  [
    'a size that the protocol has not',
    'probes: {default: {protocol: stamp, size: 46}}\ntargets: []\n',
    '1:43: probes.default.size must be 44, or at least 48, for stamp, got `46` (number)',
  ],
  [
    'no code point',
    'probes: {default: {dscp: 64}}\ntargets: []\n',
    '1:26: probes.default.dscp must be a code point from 0 to 63, or one of EF, CS0 to CS7 and AF11 to AF43, got `64`',
  ],
  [
    'a key for a protocol without',
    'probes: {default: {key_file: k}}\ntargets: []\n',
    '1:30: probes.default.key_file must be left out unless protocol is stamp',
  ],
  [
    'a name that is no label',
    'targets:\n  - static: [a]\n    labels: {my-site: x}\n',
    '3:14: targets[0].labels.my-site must be the name of a Prometheus label: letters, digits and _, no digit first, got `my-site`',
  ],
  [
    'a label that metrics have',
    'targets:\n  - static: [a]\n    labels: {job: x}\n',
    '3:14: targets[0].labels.job must be none of target, probe, flow, direction, address, family, protocol, le, quantile, instance, job, which metrics have already, got `job`',
  ],
  [
    'a label of Prometheus',
    'targets:\n  - static: [a]\n    labels: {__name__: x}\n',
    '3:14: targets[0].labels.__name__ must not begin with __, which Prometheus keeps for itself, got `__name__`',
  ],
  [
    'a target twice',
    'targets:\n  - a.example\n  - static:\n      - {name: a.example, host: b.example}\n',
    '4:9: targets[1].static[0] must have another name or probe than targets[0], got `a.example with probe default`; give one of them a name of its own',
  ],
  [
    'a probe that there is not',
    'probes: {voice: {}}\ntargets:\n  - static: [{host: a, probe: voise}]\n',
    '3:31: targets[0].static[0].probe must be the name of an entry of probes, got `voise`; did you mean voice?',
  ],
  [
    'a probe with the name of an IP version',
    'probes: {ipv4: {}}\ntargets: []\n',
    '1:10: probes.ipv4 must have a name of 1 to 64 letters, digits, _, . and -, got `ipv4`',
  ],
  [
    'no host',
    'targets:\n  - "a:b:c"\n',
    '2:5: targets[0] must be HOST[:PORT], an IPv6 address in brackets before a port, got `a:b:c`',
  ],
  [
    'port 0',
    'targets: ["a:0"]\n',
    '1:11: targets[0] must be HOST[:PORT], an IPv6 address in brackets before a port, got `a:0`',
  ],
  [
    'a multicast address',
    'targets: [224.0.0.1]\n',
    '1:11: targets[0] must be the address of one host, but it is a broadcast or multicast address, which many hosts may answer, got `224.0.0.1`',
  ],
  [
    'every address of this host',
    'targets: [{static: [{host: "[::]:7"}]}]\n',
    '1:28: targets[0].static[0].host must be the address of one host, but it stands for every address of this host, got `[::]:7`',
  ],
  [
    'a source of no kind',
    'targets:\n  - labels: {a: b}\n',
    '2:5: targets[0] must have one of static, file_sd, http_sd, dns',
  ],
  [
    'a source of two kinds',
    'targets:\n  - static: [a]\n    dns: {name: b}\n',
    '3:5: targets[0].dns must be left out beside static; make another source of it',
  ],
  [
    'a * in a folder',
    'targets:\n  - file_sd: ["/etc/*/a.json"]\n',
    '2:15: targets[0].file_sd[0] must have * in the last part of its path alone, got `/etc/*/a.json`',
  ],
  [
    'a URL of another kind, whose password stays unsaid',
    'targets:\n  - http_sd: {url: "ftp://u:geheim@h/"}\n',
    '2:20: targets[0].http_sd.url must be a URL that begins with http:// or https://; write https://sd.example.net/targets',
  ],
  [
    'a password that is not percent-encoded',
    'targets:\n  - http_sd: {url: "http://u:100%@h/"}\n',
    '2:20: targets[0].http_sd.url must be a URL whose user and password are percent-encoded; write %25 for %',
  ],
  [
    'such a password of a receiver of alerts',
    'targets: []\nnotify: {webhook: ["http://h", "http://u:%zz@h/"]}\n',
    '2:32: notify.webhook[1] must be a URL whose user and password are percent-encoded; write %25 for %',
  ],
  [
    'a port beside SRV',
    'targets:\n  - dns: {name: a, type: SRV, port: 7}\n',
    '2:37: targets[0].dns.port must be left out with SRV, whose answers have ports',
  ],
  [
    'no size',
    'targets: []\nhistory: {max_size: 2GB}\n',
    '2:21: history.max_size must be a size from 1MiB to 1024GiB, in KiB, MiB or GiB, got `2GB`; write 512MiB or 2GiB',
  ],
  [
    'too much in total',
    `probes: {default: {interval: 10ms}}\ntargets: [${Array.from({ length: 101 }, (_, n) => `h${n}`).join()}]\n`,
    '2:1: targets must not ask for more than 10,000 probes per second beyond loopback; probe less often, or allow more in limits (max_rate, flood)',
  ],
  [
    'too much to one host',
    `probes: {default: {interval: 10ms}}\ntargets:\n  - static: [${Array.from({ length: 11 }, (_, n) => `{name: t${n}, host: h}`).join()}]\n`,
    '2:1: targets must not ask for more than 1,000 probes per second to h; probe less often, or allow more in limits (max_rate, flood)',
  ],
  ['nothing', '', 'the configuration is empty'],
  ['comments alone', '# targets\n', 'the configuration is empty'],
  [
    'a half-written text',
    'targets:\n  - "a',
    '2:7: the configuration is not valid YAML: Missing closing "quote',
  ],
  ['a half-written list', '{"targets": ["a", ', '1:19: the configuration is not valid YAML: '],
  ['a list', '- a\n', '1:1: the configuration must be an object, got a value of type object'],
  [
    'two documents',
    'targets: []\n---\ntargets: []\n',
    '2:1: the configuration must be one YAML document',
  ],
  [
    'a tag',
    'targets: [!ruby/object a]\n',
    '1:11: the configuration is not valid YAML: Unresolved tag: !ruby/object',
  ],
];

for (const [what, text, message] of WRONG) {
  test(`${what}: line, column, rule and remedy`, async () => {
    const told = await refusalOf(text);
    assert.ok(told.startsWith('/etc/watch.yaml:'), told);
    const rest = told.replace(/^\/etc\/watch\.yaml: ?/, '');
    assert.ok(message.endsWith(' ') ? rest.startsWith(message) : rest === message, rest);
  });
}

test('aliases that multiply are refused before they take memory', async () => {
  const levels = Array.from({ length: 12 }, (_, n) => {
    const items =
      n === 0
        ? 'a'
        : Array<string>(9)
            .fill(`*l${n - 1}`)
            .join();
    return `l${n}: &l${n} [${items}]`;
  });
  assert.match(await refusalOf(levels.join('\n')), /: the configuration has too many aliases$/);
});

test('what is nested without end is refused', async () => {
  assert.match(await refusalOf('['.repeat(200_000)), /: the configuration is nested too deeply$/);
});

test('10,000 targets are taken, and one more is not', async () => {
  const targets = Array.from({ length: 10_001 }, (_, n) => `h${n}`);
  await parseWatchConfig('w', JSON.stringify({ targets: targets.slice(1) }));
  assert.equal(
    await refusalOf(JSON.stringify({ targets })),
    '/etc/watch.yaml:1:2: targets must be at most 10000, got `10001` (number); divide them among several watches',
  );
});

test('a file that is not there, too long, or no text', async (t: TestContext) => {
  const folder = temporaryFolder(t);
  const loading = async (content?: string | Uint8Array): Promise<string> => {
    const file = join(folder, 'w.yaml');
    if (content !== undefined) writeFileSync(file, content);
    return await new ConfigFile(file).read().then(
      () => 'taken',
      (error: unknown) => String(error).replace(folder, ''),
    );
  };
  assert.equal(await loading(), "OptionError: /w.yaml: the configuration can't be read (ENOENT)");
  assert.equal(await loading('targets: [a]'), 'taken');
  assert.equal(
    await loading(new Uint8Array([0x74, 0xff])),
    'OptionError: /w.yaml: the configuration is not text in UTF-8',
  );
  assert.equal(
    await loading(new Uint8Array(16 * 2 ** 20 + 1)),
    'OptionError: /w.yaml: the configuration is longer than 16 MiB',
  );
});
