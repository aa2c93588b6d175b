// Options that only the Linux engine has, on the portable one: what would measure or answer otherwise is refused or told.

import assert from 'node:assert/strict';
import test from 'node:test';
import { ping, serve } from '../../src/index.ts';
import type { OptionTable } from '../../src/options/option.ts';
import { PING_OPTIONS } from '../../src/options/ping.ts';
import { SERVE_OPTIONS } from '../../src/options/serve.ts';

/** A value of each that is not its default. */
const VALUES: Readonly<Record<string, unknown>> = {
  dscp: 46,
  dontFragment: 'set',
  workers: 2,
  mirrorTos: true,
};

/** Those that need the engine; what is on anyway, such as GRO, is speed alone. */
function linuxOnly(table: OptionTable): readonly string[] {
  return Object.entries(table)
    .filter(([, { engine, default: value }]) => engine === 'linux' && value !== true)
    .map(([name]) => name);
}

test('each option that needs the engine is tried here', () => {
  const needing = [...linuxOnly(PING_OPTIONS), ...linuxOnly(SERVE_OPTIONS)];
  assert.deepEqual(new Set(needing), new Set(Object.keys(VALUES)));
});

for (const name of linuxOnly(PING_OPTIONS)) {
  test(`the portable engine refuses to measure with ${name}`, async () => {
    const run = ping({ host: '127.0.0.1', engine: 'portable', count: 1, [name]: VALUES[name] });
    await assert.rejects(run, {
      code: 'ECHOGRAM_ERR_NEEDS_LINUX',
      data: { option: name, reason: 'the portable engine was chosen' },
    });
  });
}

for (const name of linuxOnly(SERVE_OPTIONS)) {
  test(`a server on the portable engine warns of ${name}`, async () => {
    await using server = await serve({ port: 0, engine: 'portable', [name]: VALUES[name] });
    assert.equal(server.warnings.length, 1);
  });
}
