// SPDX-License-Identifier: MIT
// Gets a text over HTTP, limited in time and length. It does not use `fetch`, which looks names up with getaddrinfo.

import type { IncomingMessage, RequestOptions } from 'node:http';
import type { LookupFunction } from 'node:net';
import { systemCodeOf } from '../../errors.ts';
import { userAndPassword, withoutUser } from '../../options/http-url.ts';
import type { HostLookup } from '../resolve/host-lookup.ts';

interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly mostBytes: number;
  /** None for a URL whose host is an address. */
  readonly lookup?: Pick<HostLookup, 'addresses'>;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/** As in fetch. */
const MOST_REDIRECTS = 20;

/**
 * The body of a 200 response. It follows redirects, and sends a user and password in the URL as basic authentication,
 * but only to the same origin.
 *
 * @throws an error whose message contains no part of the URL
 */
export async function getText(url: string, options: GetOptions): Promise<string> {
  const late = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([late, options.signal]);
  try {
    return await follow(new URL(url), { ...options, signal });
  } catch (error) {
    if (late.aborted) {
      throw new Error(`no answer within ${options.timeoutMs / 1000} seconds`, { cause: error });
    }
    // If several addresses refuse, Node's error has a code, but no message.
    if (error instanceof AggregateError) throw new Error(systemCodeOf(error), { cause: error });
    throw error;
  }
}

async function follow(first: URL, options: GetOptions): Promise<string> {
  let url = first;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const credentials = url.origin === first.origin ? first : undefined;
    const response = await request(url, credentials, options);
    const { statusCode = 0, headers } = response;
    if (statusCode === 200) return await bodyOf(response, options.mostBytes);
    response.destroy();
    const isRedirect = [301, 302, 303, 307, 308].includes(statusCode);
    if (!isRedirect || headers.location === undefined) throw new Error(`it answered ${statusCode}`);
    if (!URL.canParse(headers.location, url.href)) throw new Error('it redirects to no URL');
    url = new URL(headers.location, url);
    if (!/^https?:$/.test(url.protocol)) throw new Error('it redirects to no http or https URL');
  }
  throw new Error(`it redirects more than ${MOST_REDIRECTS} times`);
}

async function request(
  url: URL,
  credentials: URL | undefined,
  { headers, lookup, signal }: GetOptions,
): Promise<IncomingMessage> {
  const http = await (url.protocol === 'https:' ? import('node:https') : import('node:http'));
  const auth = credentials === undefined ? '' : userAndPassword(credentials);
  const options: RequestOptions = {
    headers: { accept: 'application/json', ...headers },
    signal,
    agent: false,
    ...(auth === '' ? {} : { auth }),
    ...(lookup === undefined ? {} : { lookup: lookupBy(lookup) }),
  };
  return await new Promise((resolve, reject) => {
    // Without user and password, so that no error contains them.
    http.get(withoutUser(url), options, resolve).on('error', reject);
  });
}

function lookupBy(lookup: Pick<HostLookup, 'addresses'>): LookupFunction {
  return (host, { all }, told) => {
    void lookup.addresses(host).then(({ addresses, error }) => {
      const found = addresses.map(({ address, ipVersion }) => ({ address, family: ipVersion }));
      const [first] = found;
      if (first !== undefined) told(null, all === true ? found : first.address, first.family);
      else
        told(Object.assign(new Error(`getting its address: ${error}`), { code: error ?? '' }), []);
    });
  };
}

async function bodyOf(response: IncomingMessage, mostBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Error(`its answer is longer than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
