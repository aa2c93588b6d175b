// SPDX-License-Identifier: MIT
// Prometheus' web configuration, as far as it is about TLS, users and headers:
// https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md

import { dirname, resolve } from 'node:path';
import { createSecureContext, type SecureVersion } from 'node:tls';
import { PasswordCheck } from '../http/passwords.ts';
import { CLIENT_AUTH, type TlsSettings } from '../http/tls.ts';
import {
  configError,
  ConfigFaultError,
  faultAt,
  type ConfigPath,
} from '../watch/config/config-fault.ts';
import { readTextFile, UnreadableFile } from '../watch/config/text-file.ts';
import { parseYaml, YamlFault, type ParsedYaml } from '../watch/config/yaml-text.ts';

/** What protects a listener. */
export interface WebConfig {
  readonly tls: TlsSettings | undefined;
  readonly passwords: PasswordCheck | undefined;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

type Fields = Readonly<Record<string, unknown>>;

const VERSIONS: Readonly<Record<string, SecureVersion>> = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
};

const TLS_KEYS = [
  ...['cert_file', 'key_file', 'client_auth_type', 'client_ca_file'],
  ...['min_version', 'max_version'],
];

/** Those that the original allows. */
const HEADERS = [
  ...['Content-Security-Policy', 'Strict-Transport-Security', 'X-Content-Type-Options'],
  ...['X-Frame-Options', 'X-XSS-Protection'],
];

/** Version, cost, salt and digest. A cost of 15 takes seconds, and each step above it twice as long. */
const BCRYPT = /^\$2[aby]?\$(?:0[4-9]|1[0-5])\$[./A-Za-z\d]{53}$/;

/**
 * Reads a file and the certificates that it names; relative paths start from its folder.
 *
 * @throws OptionError `ECHOGRAM_ERR_WATCH_CONFIG`, with the line and column of what is wrong
 */
export async function loadWebConfig(file: string): Promise<WebConfig> {
  let yaml: ParsedYaml | undefined;
  try {
    yaml = await parseYaml(await readTextFile(file));
    return await readConfig(yaml.value, dirname(file));
  } catch (error) {
    if (error instanceof ConfigFaultError) {
      const { fault } = error;
      throw configError(fault, { file, ...yaml?.positionOf(fault.path, fault.isOfName) });
    }
    if (error instanceof YamlFault) {
      throw configError({ path: [], problem: error.message }, { file, ...error.position });
    }
    if (!(error instanceof UnreadableFile)) throw error;
    throw configError({ path: [], problem: error.message }, { file });
  }
}

async function readConfig(value: unknown, folder: string): Promise<WebConfig> {
  const known = ['tls_server_config', 'basic_auth_users', 'http_server_config'];
  const config = fieldsOf(value, [], known);
  const { tls_server_config: tls, basic_auth_users: users, http_server_config: http } = config;
  return {
    tls: tls === undefined ? undefined : await readTls(tls, folder),
    passwords: users === undefined ? undefined : readUsers(users),
    headers: http === undefined ? {} : readHeaders(http),
  };
}

async function readTls(value: unknown, folder: string): Promise<TlsSettings> {
  const at: ConfigPath = ['tls_server_config'];
  const fields = fieldsOf(value, at, TLS_KEYS);
  const read = async (name: string): Promise<string | undefined> => {
    const path = textOf(fields, name, at);
    return path === undefined ? undefined : await readPem([...at, name], resolve(folder, path));
  };
  const [cert, key, ca] = [
    await read('cert_file'),
    await read('key_file'),
    await read('client_ca_file'),
  ];
  if (cert === undefined) throw faultAt([...at, 'cert_file'], 'is missing');
  if (key === undefined) throw faultAt([...at, 'key_file'], 'is missing');
  const clientAuth = choiceOf(fields, 'client_auth_type', at, CLIENT_AUTH) ?? 'NoClientCert';
  if (clientAuth.includes('Verify') && ca === undefined) {
    throw faultAt([...at, 'client_ca_file'], `is missing: ${clientAuth} needs it`);
  }
  const settings = {
    context: { cert, key, ca, ...versionsOf(fields, at) },
    clientAuth,
  };
  return checked(settings, at);
}

function versionsOf(
  fields: Fields,
  at: ConfigPath,
): Partial<Record<'minVersion' | 'maxVersion', SecureVersion>> {
  const names = Object.keys(VERSIONS);
  const min = choiceOf(fields, 'min_version', at, names) ?? 'TLS12';
  const max = choiceOf(fields, 'max_version', at, names);
  return {
    minVersion: VERSIONS[min]!,
    ...(max === undefined ? {} : { maxVersion: VERSIONS[max]! }),
  };
}

/** Whether the key is that of the certificate shows only when both are taken. */
function checked(settings: TlsSettings, at: ConfigPath): TlsSettings {
  try {
    createSecureContext(settings.context);
    return settings;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw faultAt(at, `has a certificate or a key that can't be used (${reason})`);
  }
}

async function readPem(at: ConfigPath, path: string): Promise<string> {
  try {
    return await readTextFile(path);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    throw faultAt(at, error.message, { value: path });
  }
}

function readUsers(value: unknown): PasswordCheck {
  const at: ConfigPath = ['basic_auth_users'];
  const users = Object.entries(fieldsOf(value, at));
  if (users.length === 0) throw faultAt(at, 'must have a user at least');
  for (const [user, hash] of users) {
    if (user.includes(':'))
      throw faultAt([...at, user], 'must not have a colon', { isOfName: true });
    if (typeof hash === 'string' && BCRYPT.test(hash)) continue;
    throw faultAt([...at, user], 'must be a bcrypt hash with a cost from 4 to 15', {
      remedy: 'make one with: htpasswd -nBC 10 USER',
    });
  }
  return new PasswordCheck(new Map(users as [string, string][]));
}

function readHeaders(value: unknown): Readonly<Record<string, string>> {
  const at: ConfigPath = ['http_server_config'];
  const fields = fieldsOf(value, at, ['headers', 'http2']);
  const { http2, headers = {} } = fields;
  // HTTP/2 is what a client may negotiate, and never gets here.
  if (http2 !== undefined && typeof http2 !== 'boolean') {
    throw faultAt([...at, 'http2'], 'must be true or false', { value: http2 });
  }
  const under: ConfigPath = [...at, 'headers'];
  const named = fieldsOf(headers, under, HEADERS);
  return Object.fromEntries(
    Object.keys(named).map((name) => [name.toLowerCase(), headerOf(named, name, under)]),
  );
}

function headerOf(fields: Fields, name: string, at: ConfigPath): string {
  const text = textOf(fields, name, at) ?? '';
  if (/^[\x20-\x7e]+$/.test(text)) return text;
  throw faultAt([...at, name], 'must be one line of ASCII');
}

/** @param known  all names if it is left out */
function fieldsOf(value: unknown, at: ConfigPath, known?: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw faultAt(at, 'must be an object');
  }
  const unknown = Object.keys(value).find((name) => known?.includes(name) === false);
  if (unknown === undefined) return value as Fields;
  const remedy = `known here: ${known!.join(', ')}`;
  throw faultAt([...at, unknown], 'is not a known field', { remedy, isOfName: true });
}

function textOf(fields: Fields, name: string, at: ConfigPath): string | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw faultAt([...at, name], 'must be a text', { value });
}

function choiceOf<Choice extends string>(
  fields: Fields,
  name: string,
  at: ConfigPath,
  choices: readonly Choice[],
): Choice | undefined {
  const text = textOf(fields, name, at);
  const choice = choices.find((one) => one === text);
  if (text === undefined || choice !== undefined) return choice;
  throw faultAt([...at, name], `must be one of ${choices.join(', ')}`, { value: text });
}
