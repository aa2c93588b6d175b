// By which names a listener may be asked.

import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { isKnownHost } from '../../../src/http/known-host.ts';

const NAMES = new Set(['echo.example.net']);

for (const [header, isKnown] of [
  // HTTP/1.0 has none, nor has a browser that was led here.
  [undefined, true],
  ['', true],
  ['127.0.0.1', true],
  ['192.0.2.7:9100', true],
  ['[2001:db8::7]:9100', true],
  ['localhost:9100', true],
  ['LOCALHOST', true],
  // RFC 3986 section 3.2.3: a port may be empty.
  ['localhost:', true],
  ['Echo.Example.net:9100', true],
  [`${hostname()}:9100`, true],
  ['rebound.example', false],
  ['rebound.example:9100', false],
  ['localhost.rebound.example', false],
  ['127.0.0.1.rebound.example', false],
  ['rebound.example:9100:9100', false],
  ['[127.0.0.1].rebound.example', false],
  ['rebound.example, localhost', false],
  ['rebound.example@localhost', false],
  ['localhost ', false],
] as const) {
  test(`${header ?? 'no header'} is ${isKnown ? '' : 'not '}known`, () => {
    assert.equal(isKnownHost(header, NAMES), isKnown);
  });
}
