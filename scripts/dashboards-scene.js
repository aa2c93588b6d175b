// Two servers, two watches and the Prometheus that scrapes them, with losses, refusals and failures of each kind. Only in a
// network namespace of its own, as root: it drops datagrams with nftables and takes fixed ports.

import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

const BIN = 'dist/cli/bin.cjs';
const PROMETHEUS = '127.0.0.1:9090';
export const PROMETHEUS_URL = `http://${PROMETHEUS}`;

/** One in ten requests to STAMP is lost, and one in ten echoes is refused to leave (EPERM). */
const LOSSES = `
table inet echogram {
  chain input { type filter hook input priority 0; udp dport 10862 numgen random mod 10 0 drop; }
  chain output { type filter hook output priority 0; udp sport 10000 numgen random mod 10 0 drop; }
}`;

const SERVERS = [
  '--port 10000 --metrics 9100 --workers 2 --stamp 10862 --stamp-stateful',
  '--port 10002 --metrics 9102 --engine portable --impair loss=10%',
].map((flags) => flags.split(' '));

const WATCHED = {
  probes: {
    default: { interval: '100ms', timeout: '500ms' },
    stamp: { protocol: 'stamp', interval: '100ms', timeout: '500ms' },
  },
  targets: [
    {
      static: [
        { name: 'refused-now-and-then', host: '127.0.0.1:10000' },
        { name: 'impaired', host: '127.0.0.1:10002' },
        { name: 'nothing-listens', host: '127.0.0.1:9' },
        { name: 'typo', host: 'echo.invalid:10000' },
      ],
    },
    { static: [{ name: 'lossy', host: '127.0.0.1:10862' }], probe: 'stamp' },
    { file_sd: ['listed.json'] },
  ],
  alerts: [{ name: 'Down', raise: 'received = 0 over 10s' }],
  // Nothing listens there.
  notify: { webhook: 'http://127.0.0.1:9/' },
};

/** Starts everything; the scene ends when its caller does. */
export async function startScene(folder) {
  const nft = spawnSync('nft', ['-f', '-'], { input: LOSSES, encoding: 'utf8' });
  if (nft.status !== 0) throw new Error(`nft: ${nft.stderr}`);
  for (const flags of SERVERS)
    start('echogram', ['serve', '--host', '127.0.0.1', '--quiet', ...flags]);
  startWatches(folder);
  await sendToOwnPort();
  const config = join(folder, 'prometheus.yml');
  writeFileSync(config, JSON.stringify(exampleConfig()));
  start('prometheus', [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${PROMETHEUS}`,
    '--log.level=warn',
  ]);
}

function startWatches(folder) {
  const config = join(folder, 'watch.yaml');
  writeFileSync(join(folder, 'listed.json'), JSON.stringify([{ targets: ['127.0.0.1:10000'] }]));
  writeFileSync(config, JSON.stringify({ ...WATCHED, history: { path: 'history.db' } }));
  const north = ['--config', config, '--metrics', '9101'];
  start('echogram', [
    'watch',
    '--quiet',
    '--listen',
    '127.0.0.1:0',
    '--identity',
    'name=a',
    ...north,
  ]);
  const south = [
    '127.0.0.1:10000',
    '--interval',
    '100ms',
    '--engine',
    'portable',
    '--metrics',
    '9103',
  ];
  start('echogram', [
    'watch',
    '--quiet',
    '--listen',
    '127.0.0.1:0',
    '--identity',
    'name=b',
    ...south,
  ]);
}

/** What a server must refuse: a request whose source port is the server's own. */
async function sendToOwnPort() {
  const socket = createSocket('udp4');
  socket.bind(10000, '127.0.0.2');
  await once(socket, 'listening');
  setInterval(() => socket.send('loop', 10000, '127.0.0.1'), 200).unref();
  socket.unref();
}

/** The example that operators copy, at a pace for which nobody has to wait. */
function exampleConfig() {
  const config = parse(readFileSync('deploy/prometheus/prometheus.yml', 'utf8'));
  config.global = { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' };
  config.rule_files = [resolve('deploy/prometheus/rules/*.yml')];
  const targets = { echogram: [9100, 9102], 'echogram-watch': [9101, 9103] };
  for (const job of config.scrape_configs) {
    job.static_configs = [{ targets: targets[job.job_name].map((port) => `127.0.0.1:${port}`) }];
  }
  return config;
}

function start(program, args) {
  const command = program === 'echogram' ? [process.execPath, BIN, ...args] : [program, ...args];
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (text) => (stderr += text));
  child.once('exit', (code, signal) => {
    process.stderr.write(`${[program, ...args].join(' ')} ended (${code ?? signal}):\n${stderr}`);
    process.exit(1);
  });
  process.once('exit', () => {
    child.removeAllListeners('exit');
    child.kill('SIGKILL');
  });
}
