// README.md's commands, run as it shows them: `serve` on one host, which is 192.0.2.7 as on the page, and all others on
// another host. They may say that the path is bad, as a machine that stalls makes it, but not that they can't run.

import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { until } from '../helpers/deadline.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { BIN, Program } from '../helpers/programs.ts';
import { repositoryText } from '../helpers/repository.ts';
import { firstSkip, needsNamespaces, needsProgram } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const README = repositoryText('README.md');

test('the commands of README.md run on two hosts', { skip: needsNamespaces() }, async (t) => {
  const hosts = await Hosts.create(t);
  for (const line of blocks('sh').flatMap(commandLines)) await hosts.run(line);
  const file = (name: string): string => readFileSync(join(hosts.folder, name), 'utf8');
  for (const page of ['path.html', 'night.html'])
    assert.match(file(page), /^<!doctype html>/i, page);
});

test("ping's verdicts are in the words of README.md", { skip: needsNamespaces() }, async (t) => {
  const hosts = await Hosts.create(t);
  const [works = '', fails = ''] = [...README.matchAll(/`(UDP [^`]*?)(?:…)?`/g)].map(([, a]) => a!);
  const ping = 'echogram ping 192.0.2.7 -c 3 -i 20ms';
  assert.ok((await hosts.run(ping)).includes(fails), fails);
  await hosts.run('echogram serve --host 0.0.0.0');
  assert.ok((await hosts.run(ping)).includes(works.replace('500', '3')), works);
});

test(
  "Prometheus scrapes README.md's service with README.md's configuration",
  { skip: firstSkip(needsNamespaces(), needsProgram('prometheus')) },
  async (t) => {
    const hosts = await Hosts.create(t);
    const [, command = ''] = /^ExecStart=.*\/(.*)$/m.exec(blocks('ini')[0]!)!;
    await hosts.run(command);
    writeFileSync(join(hosts.folder, 'prometheus.yml'), blocks('yaml')[0]!);
    const flags = '--config.file=prometheus.yml --storage.tsdb.path=data';
    const prometheus = hosts.serverStarts(
      `prometheus ${flags} --web.listen-address=127.0.0.1:9090`,
    );
    await prometheus.untilStderr(/Server is ready to receive web requests/);
    const query = `promtool query instant http://127.0.0.1:9090 'up{job="echogram"}'`;
    await until(async () => {
      const { stdout } = await hosts.serverStarts(query).ended();
      return stdout.includes('=> 1 @');
    }, 'Prometheus to have scraped the server');
  },
);

test(
  'systemd takes the unit of README.md',
  { skip: needsProgram('systemd-analyze') },
  async (t) => {
    const folder = temporaryFolder(t);
    const unit = join(folder, 'echogram.service');
    writeFileSync(unit, blocks('ini')[0]!.replace(/=\/.*\/echogram /, `=${process.execPath} `));
    const { stdout, stderr } = await new Program(t, 'systemd-analyze', ['verify', unit]).ended();
    // It ends with 0 for a key that it doesn't know, and tells.
    assert.doesNotMatch(stdout + stderr, /echogram\.service/);
  },
);

/** The server's host and the reader's, whose folder is empty at first. */
class Hosts {
  readonly folder: string;
  readonly #t: TestContext;
  readonly #server: NetworkNamespace;
  readonly #reader: NetworkNamespace;
  #serving: Program | undefined;

  static async create(t: TestContext): Promise<Hosts> {
    const [reader, server] = NetworkNamespace.createPair(t);
    server.run('ip', 'address', 'add', '192.0.2.7/24', 'dev', 'wire');
    reader.run('ip', 'address', 'add', '192.0.2.1/24', 'dev', 'wire');
    await reader.untilRunning('wire');
    await server.untilRunning('wire');
    return new Hosts(t, reader, server);
  }

  private constructor(t: TestContext, reader: NetworkNamespace, server: NetworkNamespace) {
    this.#t = t;
    this.#reader = reader;
    this.#server = server;
    this.folder = temporaryFolder(t);
    const program = join(this.folder, 'echogram');
    writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${BIN} "$@"\n`);
    chmodSync(program, 0o755);
  }

  /** Runs a line to its end and returns what it printed; a server takes the place of the last one. */
  async run(line: string): Promise<string> {
    if (line.startsWith('echogram serve')) await this.#serve(line);
    else if (line.startsWith('echogram impair')) await this.#relay(line);
    else if (line.startsWith('echogram watch')) await this.#watch(line);
    // An hour is too long for a test.
    else return await this.#ended(line.replace('-w 1h', '-w 1s'));
    return '';
  }

  serverStarts(line: string): Program {
    return this.#start(this.#server, line);
  }

  async #serve(line: string): Promise<void> {
    this.#serving?.child.kill('SIGINT');
    await this.#serving?.ended();
    this.#serving = this.serverStarts(`exec ${line}`);
    if (!line.includes('--quiet')) await this.#serving.untilStdout(/waiting to receive message/);
  }

  async #relay(line: string): Promise<void> {
    const relay = this.#start(this.#reader, `exec ${line}`);
    await relay.untilStdout(/^listening on localhost port 7001, forwarding to 192\.0\.2\.7:7000$/m);
  }

  /** Of the hosts that it names there is one. */
  async #watch(line: string): Promise<void> {
    const watch = this.#start(this.#reader, `exec ${line}`);
    await watch.untilStdout(/ 192\.0\.2\.7 WORKS /);
    watch.child.kill('SIGINT');
    const { exitCode, stderr } = await watch.ended();
    assert.equal(exitCode, 0, stderr);
  }

  async #ended(line: string): Promise<string> {
    const { stdout, stderr, exitCode } = await this.#start(this.#reader, line).ended();
    // 2 of a check is CRITICAL.
    const worst = line.includes('--nagios') ? 2 : 1;
    assert.ok(exitCode !== null && exitCode <= worst, `${line}\n${stdout}${stderr}`);
    return stdout;
  }

  #start(host: NetworkNamespace, line: string): Program {
    const { folder } = this;
    return host.start(this.#t, 'sh', '-c', `cd ${folder} && PATH=${folder}:$PATH && ${line}`);
  }
}

function blocks(language: string): string[] {
  const found = README.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'));
  return [...found].map(([, block = '']) => block);
}

/** Those of the command echogram; test/docs/commands.test.ts looks at the others. */
function commandLines(block: string): string[] {
  return block.split('\n').filter((line) => line.startsWith('echogram '));
}
