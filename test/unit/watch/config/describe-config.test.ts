import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeConfig } from '../../../../src/watch/config/describe-config.ts';
import { ConfigFile } from '../../../../src/watch/config/config-file.ts';
import { repositoryPath } from '../../../helpers/repository.ts';

test('the example is a configuration, and what it probes is said', async () => {
  const config = await new ConfigFile(repositoryPath('examples/watch.yaml')).read();
  const folder = repositoryPath('examples');
  assert.equal(
    describeConfig(config),
    `4 targets, 22 probes per second:
  TARGET              PROBE    PROTOCOL  EVERY   TO
  192.0.2.7           default  echo      1 s     192.0.2.7:10000
  [2001:db8::7]:7000  default  echo      1 s     [2001:db8::7]:7000
  frankfurt           voice    stamp     100 ms  fra.example.net:862
  amsterdam           voice    stamp     100 ms  ams.example.net:862
More targets from:
  files ${folder}/targets/*.json, ${folder}/targets/*.yaml, when they change
  http://127.0.0.1:8080/targets, every 60 s
  A records of echogram.monitoring.svc.cluster.local., every 15 s; at most 20 of them
History: /var/lib/echogram/watch.db, up to 2,048 MiB
Alerts, told to http://127.0.0.1:9093/:
  loss: loss >= 5% over 1m for 3m
Limits beyond loopback: 5,000 probes per second, 1,000 to one address`,
  );
});

test('a configuration of few words has few lines, and no secret', () => {
  const text = describeConfig({
    probes: { default: { family: 'both' } },
    targets: ['a.example', { http_sd: { url: 'https://u:geheim@sd.example/x?token=geheim' } }],
  });
  assert.equal(
    text,
    `2 targets, 2 probes per second:
  TARGET     PROBE    PROTOCOL  EVERY  TO
  a.example  default  echo      1 s    a.example:10000 over IPv4
  a.example  default  echo      1 s    a.example:10000 over IPv6
More targets from:
  https://sd.example/x, every 60 s
History: in memory, until the watch ends
Limits beyond loopback: 10,000 probes per second, 1,000 to one address`,
  );
});
