// `http_sd` over https, as a program that trusts a certificate authority of its own: whatever the server does, the last
// good targets are probed on, and a metric counts it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { makeCertificates } from '../helpers/certificates.ts';
import { until } from '../helpers/deadline.ts';
import { scrape } from '../helpers/exposition.ts';
import { startEchogram, type Program } from '../helpers/programs.ts';
import { needsProgram } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const TARGETS = JSON.stringify([{ targets: ['127.0.0.2:7', '127.0.0.3:7'] }]);

type Certificate = 'server' | 'other' | 'expired';

class ListServer {
  readonly #server: Server;
  readonly #folder: string;
  answer: RequestListener = listed;

  static async start(t: TestContext, folder: string): Promise<ListServer> {
    makeCertificates(folder);
    const expired = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '-1'];
    const files = ['-in', 'server.csr', '-extfile', 'san', '-out', 'expired.crt'];
    execFileSync('openssl', ['x509', '-req', ...expired, ...files], {
      cwd: folder,
      stdio: 'ignore',
    });
    const server = createServer().listen(0, '127.0.0.1');
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
    return new ListServer(server, folder);
  }

  private constructor(server: Server, folder: string) {
    this.#server = server;
    this.#folder = folder;
    server.on('request', (request, response) => {
      this.answer(request, response);
    });
    this.show('server');
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The certificate of connections from now on. */
  show(certificate: Certificate): void {
    const key = certificate === 'expired' ? 'server' : certificate;
    this.#server.setSecureContext({
      cert: readFileSync(join(this.#folder, `${certificate}.crt`)),
      key: readFileSync(join(this.#folder, `${key}.key`)),
    });
  }
}

const listed: RequestListener = (_, response) => void response.end(TARGETS);

const redirects =
  (location: string): RequestListener =>
  (_, response) =>
    void response.writeHead(302, { location }).end();

/** An octet of a good list now and then, for much longer than anybody waits. */
const drips: RequestListener = (_, response) => {
  let at = 0;
  const timer = setInterval(() => response.write(TARGETS[at++ % TARGETS.length]), 100);
  response.on('close', () => {
    clearInterval(timer);
  });
};

/** 100 MB, as fast as they are taken. */
const floods: RequestListener = (_, response) => {
  const chunk = Buffer.alloc(1e6, ' ');
  let left = 100;
  const write = (): void => {
    while (left > 0) {
      left--;
      if (!response.write(chunk)) return void response.once('drain', write);
    }
    response.end(TARGETS);
  };
  write();
};

/** Each with what the watch says. */
const FAULTS: readonly (readonly [
  what: string,
  answer: RequestListener,
  words: RegExp,
  certificate?: Certificate,
])[] = [
  ['a certificate of nobody’s authority', listed, /self-signed certificate/, 'other'],
  ['a certificate that has expired', listed, /certificate has expired/, 'expired'],
  ['no answer', () => undefined, /no answer within 1 seconds/],
  ['an answer in drips', drips, /no answer within 1 seconds/],
  ['100 MB', floods, /its answer is longer than 16777216 bytes|no answer within 1 seconds/],
  ['an error', (_, response) => void response.writeHead(500).end(TARGETS), /it answered 500/],
  ['a redirect in circles', redirects('/'), /it redirects more than 20 times/],
  ['a redirect to a file', redirects('file:///etc/hosts'), /it redirects to no http or https URL/],
  ['a page', (_, response) => void response.end('<html></html>'), /its answer is not JSON/],
  [
    'half a list',
    (_, response) => void response.end(TARGETS.slice(0, 20)),
    /its answer is not JSON/,
  ],
  [
    'an end before the announced one',
    (_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write(TARGETS, () => response.destroy());
    },
    /aborted/,
  ],
  [
    'another object',
    (_, response) => void response.end('{"targets": []}'),
    /it must be a list of \{targets, labels\}/,
  ],
];

interface Watched {
  readonly program: Program;
  readonly origin: string;
  readonly source: string;
}

async function startWatch(
  t: TestContext,
  { port }: ListServer,
  env: NodeJS.ProcessEnv,
): Promise<Watched> {
  const source = `https://localhost:${port}/targets`;
  const config = join(temporaryFolder(t), 'watch.json');
  const url = source.replace('//', '//u:geheim@');
  const targets = ['127.0.0.9:7', { http_sd: { url, refresh: '1s' } }];
  writeFileSync(config, JSON.stringify({ targets }));
  const args = ['watch', '--config', config, '--listen', '127.0.0.1:0', '--json'];
  const program = startEchogram(t, args, { env: { ...process.env, ...env } });
  const [, origin = ''] = await program.untilStderr(/metrics at (http\S+)\/metrics\n/);
  return { program, origin, source };
}

/** Targets and failures of the source. */
async function told({ origin, source }: Watched): Promise<[targets: number, failures: number]> {
  const samples = [...(await scrape(`${origin}/metrics?${performance.now()}`)).values()];
  const value = (name: string): number =>
    samples.find(
      (each) => each.name === `echogram_watch_${name}` && each.labels['source'] === source,
    )?.value ?? NaN;
  return [value('discovery_targets'), value('discovery_failures_total')];
}

const skip = needsProgram('openssl');

test(
  'whatever an https server does, its last good targets are kept, and it is counted',
  {
    skip,
  },
  async (t) => {
    const folder = temporaryFolder(t);
    const server = await ListServer.start(t, folder);
    const watched = await startWatch(t, server, { NODE_EXTRA_CA_CERTS: join(folder, 'ca.crt') });
    await until(async () => (await told(watched))[0] === 2, 'the targets of the list');
    let from = 0;
    for (const [what, answer, words, certificate = 'server'] of FAULTS) {
      const [, before] = await told(watched);
      server.show(certificate);
      server.answer = answer;
      // The read that was under way may still have succeeded.
      await until(async () => (await told(watched))[1] > before, `${what} to be counted`);
      assert.equal((await told(watched))[0], 2, what);
      await until(
        () => words.test(watched.program.stdout.slice(from)),
        `${what}: ${String(words)}`,
      );
      server.show('server');
      server.answer = listed;
      const recovered = (): boolean => watched.program.stdout.includes('recovered', from);
      await until(recovered, `${what} to be over`);
      from = watched.program.stdout.length;
    }
    assert.ok(!watched.program.stdout.includes('geheim'));
    assert.ok(!watched.program.stdout.includes('target_left'), 'a target left');
    assert.deepEqual((await told(watched))[0], 2);
  },
);

test(
  'without its authority a server is not trusted, and the other targets are probed',
  {
    skip,
  },
  async (t) => {
    const server = await ListServer.start(t, temporaryFolder(t));
    const watched = await startWatch(t, server, {});
    const [, problem = ''] = await watched.program.untilStderr(/warning: http_sd \S+: (.*)\n/);
    assert.match(problem, /unable to verify the first certificate/);
    const [targets, failures] = await told(watched);
    assert.equal(targets, 0);
    assert.ok(failures >= 1);
    assert.match(
      await (await fetch(`${watched.origin}/metrics`)).text(),
      /^echogram_watch_up\{target="127\.0\.0\.9:7"/m,
    );
  },
);

test(
  'a list is taken from JSON of any content type, and through a redirect',
  { skip },
  async (t) => {
    const folder = temporaryFolder(t);
    const server = await ListServer.start(t, folder);
    server.answer = ({ url }, response) => {
      if (url === '/targets') response.writeHead(307, { location: '/moved' }).end();
      else response.writeHead(200, { 'content-type': 'text/plain' }).end(TARGETS);
    };
    const watched = await startWatch(t, server, { NODE_EXTRA_CA_CERTS: join(folder, 'ca.crt') });
    await until(async () => (await told(watched))[0] === 2, 'the targets of the list');
  },
);
