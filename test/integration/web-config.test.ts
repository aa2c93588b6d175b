// --web-config: Prometheus' web configuration, with real certificates and clients.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { OptionError } from '../../src/index.ts';
import { loadWebConfig, type WebConfig } from '../../src/web/web-config.ts';
import { WatchListener } from '../../src/web/watch-listener.ts';
import { makeCertificates } from '../helpers/certificates.ts';
import { madeTarget } from '../helpers/made-watch.ts';
import { MadeWatchView } from '../helpers/made-watch-view.ts';
import { firstSkip, needsProgram } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** Of the password `wonderland`, by crypt(3) of libxcrypt. */
const HASH = '$2y$04$Hl2NV8qCbWnIuZfUAWXpROJGKiAR9E.QOIMqrguhE1u4FvzpA9y8S';

const needsOpenssl = needsProgram('openssl');
const needsCurl = firstSkip(needsOpenssl, needsProgram('curl'));

let made: string | undefined;

/** A folder with certificates, which all tests share that change nothing in it. */
function certificates(): string {
  if (made === undefined) {
    made = mkdtempSync(join(tmpdir(), 'echogram-'));
    makeCertificates(made);
  }
  return made;
}

after(() => {
  if (made !== undefined) rmSync(made, { recursive: true });
});

async function load(folder: string, text: string): Promise<WebConfig> {
  const file = join(folder, 'web.yml');
  writeFileSync(file, text);
  return await loadWebConfig(file);
}

async function listen(
  t: TestContext,
  { tls, passwords, headers }: WebConfig,
): Promise<WatchListener> {
  const listener = await WatchListener.open({
    host: '127.0.0.1',
    port: 0,
    serves: 'everything',
    access: { passwords },
    tls,
    headers,
    node: { name: 'node-1', zone: null },
    onFault: (error) => assert.fail(String(error)),
  });
  t.after(() => listener[Symbol.asyncDispose]());
  listener.publish(new MadeWatchView([madeTarget('fra')]));
  return listener;
}

/** @returns its exit code, and the status that it was answered with */
async function curl(folder: string, url: string, ...args: readonly string[]): Promise<string> {
  const child = spawn('curl', ['-sS', '-o', 'body', '-w', '%{http_code}', ...args, url], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let status = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => (status += text));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return code === 0 ? status : `exit ${code}`;
}

const TLS = `tls_server_config:
  cert_file: server.crt
  key_file: server.key
`;

test('TLS and passwords, with curl', { skip: needsCurl }, async (t) => {
  const folder = certificates();
  const config = `${TLS}basic_auth_users:\n  alice: ${HASH}\n`;
  const { origin } = await listen(t, await load(folder, config));
  assert.match(origin, /^https:/);
  const ask = (path: string, ...args: readonly string[]): Promise<string> =>
    curl(folder, `${origin}${path}`, '--cacert', 'ca.crt', ...args);
  assert.equal(await ask('/metrics', '-u', 'alice:wonderland'), '200');
  // Again, from what is remembered.
  assert.equal(await ask('/metrics', '-u', 'alice:wonderland'), '200');
  assert.equal(await ask('/metrics'), '401');
  assert.equal(await ask('/metrics', '-u', 'alice:wonderlanD'), '401');
  assert.equal(await ask('/metrics', '-u', 'bob:wonderland'), '401');
  assert.equal(await ask('/api/v1/targets', '-H', 'Authorization: Bearer wonderland'), '401');
  // 60: nobody vouches for the certificate; 35 and 52: no TLS where TLS is spoken.
  assert.equal(await curl(folder, `${origin}/metrics`), 'exit 60');
  assert.equal(await curl(folder, origin.replace('https', 'http')), 'exit 52');
  assert.match(
    await ask('/metrics', '-u', 'alice:wonderland', '--tls-max', '1.1'),
    /^exit (?:4|35)$/,
  );
});

for (const [type, none, good, other] of [
  ['NoClientCert', '200', '200', '200'],
  ['RequestClientCert', '200', '200', '200'],
  ['RequireAnyClientCert', 'refused', '200', '200'],
  ['VerifyClientCertIfGiven', '200', '200', 'refused'],
  ['RequireAndVerifyClientCert', 'refused', '200', 'refused'],
] as const) {
  test(`clients' certificates with ${type}`, { skip: needsCurl }, async (t) => {
    const folder = certificates();
    const more = `  client_auth_type: ${type}\n  client_ca_file: ca.crt\n`;
    const { origin } = await listen(t, await load(folder, TLS + more));
    const ask = async (...args: readonly string[]): Promise<string> => {
      const answer = await curl(folder, `${origin}/healthz`, '--cacert', 'ca.crt', ...args);
      return answer.startsWith('exit') ? 'refused' : answer;
    };
    assert.equal(await ask(), none);
    assert.equal(await ask('--cert', 'client.crt', '--key', 'client.key'), good);
    assert.equal(await ask('--cert', 'other.crt', '--key', 'other.key'), other);
  });
}

test('other certificates and users are taken while it listens', { skip: needsCurl }, async (t) => {
  const folder = temporaryFolder(t);
  makeCertificates(folder);
  const config = `${TLS}basic_auth_users:\n  alice: ${HASH}\n`;
  const listener = await listen(t, await load(folder, config));
  makeCertificates(folder);
  const url = `${listener.origin}/healthz`;
  assert.equal(await curl(folder, url, '--cacert', 'ca.crt', '-u', 'alice:wonderland'), 'exit 60');
  const { tls, passwords } = await load(folder, config.replace('alice', 'bob'));
  listener.renew({ tls, access: { passwords } });
  assert.equal(await curl(folder, url, '--cacert', 'ca.crt', '-u', 'bob:wonderland'), '200');
  assert.equal(await curl(folder, url, '--cacert', 'ca.crt', '-u', 'alice:wonderland'), '401');
  assert.throws(() => {
    listener.renew({ tls: undefined, access: { passwords } });
  }, /must be one with TLS and users as before/);
});

test('headers stand in every answer', async (t) => {
  const folder = temporaryFolder(t);
  const text = `http_server_config:\n  http2: true\n  headers:\n    X-Frame-Options: deny\n`;
  const { origin } = await listen(t, await load(folder, text));
  for (const path of ['/', '/metrics', '/nothing']) {
    const response = await fetch(`${origin}${path}`);
    assert.equal(response.headers.get('x-frame-options'), 'deny', path);
    // undici fails where the connection ends while it holds back a page that nobody reads.
    await response.text();
  }
});

for (const [text, says] of [
  ['tls_server_confg:\n  cert_file: a\n', /web\.yml:1:1: tls_server_confg is not a known field/],
  [
    'tls_server_config:\n  cert_file: a.crt\n  cipher_suites: [x]\n',
    /web\.yml:3:3: tls_server_config\.cipher_suites is not a known field; known here: cert_file/,
  ],
  [TLS, /web\.yml:2:14: tls_server_config\.cert_file can't be read \(ENOENT\)/],
  [
    'basic_auth_users:\n  alice: secret\n',
    /web\.yml:2:10: basic_auth_users\.alice must be a bcrypt hash/,
  ],
  ['basic_auth_users:\n  al:ice: x\n', /web\.yml:2/],
  ['basic_auth_users: {}\n', /must have a user at least/],
  [`basic_auth_users:\n  a: ${HASH.replace('$04', '$31')}\n`, /with a cost from 4 to 15/],
  ['http_server_config:\n  headers:\n    X-Other: 1\n', /headers\.X-Other is not a known field/],
  ['http_server_config:\n  headers:\n    X-Frame-Options: "a\\nb"\n', /must be one line of ASCII/],
  ['a: [\n', /web\.yml:2:1: the configuration is not valid YAML/],
  ['', /the configuration is empty/],
] as const) {
  test(`a file that says ${JSON.stringify(text.slice(0, 60))} is refused with the place`, async (t) => {
    await assert.rejects(load(temporaryFolder(t), text), (error) => {
      assert.ok(OptionError.is(error));
      assert.match(error.message, says);
      assert.ok(!error.message.includes('secret'), 'a secret is shown');
      return true;
    });
  });
}

test('a key of another certificate is refused', { skip: needsOpenssl }, async () => {
  const folder = certificates();
  const text = TLS.replace('server.key', 'client.key');
  await assert.rejects(load(folder, text), /tls_server_config has a certificate or a key that/);
});

test(
  'promtool accepts what echogram accepts',
  { skip: firstSkip(needsOpenssl, needsProgram('promtool')) },
  async () => {
    const folder = certificates();
    const more =
      '  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n  min_version: TLS13\n';
    const text = `${TLS}${more}basic_auth_users:\n  alice: ${HASH}\nhttp_server_config:\n  headers:\n    X-Frame-Options: deny\n`;
    await load(folder, text);
    const { status } = spawnSync('promtool', ['check', 'web-config', 'web.yml'], { cwd: folder });
    assert.equal(status, 0);
  },
);
