import assert from 'node:assert/strict';
import { lookup } from 'node:dns/promises';
import { BlockList } from 'node:net';
import { test } from 'node:test';
import { SocketError } from '../../../src/errors.ts';
import { resolveHost } from '../../../src/socket/resolve.ts';

// Addresses for documentation (RFC 5737, RFC 3849): no test here sends anything to them.
const LITERALS = [
  { host: '192.0.2.7', ipVersion: 4 },
  { host: '2001:db8::7', ipVersion: 6 },
  { host: 'fe80::1%eth0', ipVersion: 6 },
  { host: 'fe80::1%wg_0', ipVersion: 6 },
] as const;

for (const { host, ipVersion } of LITERALS) {
  test(`${host} is its own address, zone included`, async () => {
    assert.deepEqual(await resolveHost(host), [{ address: host, ipVersion }]);
    assert.deepEqual(await resolveHost(host, { ipVersion }), [{ address: host, ipVersion }]);
  });

  test(`${host} has no address of the other IP version`, async () => {
    const other = ipVersion === 4 ? 6 : 4;
    await assert.rejects(resolveHost(host, { ipVersion: other }), {
      name: 'SocketError',
      code: 'ECHOGRAM_ERR_HOST_UNRESOLVED',
      data: { host, ipVersion: other, systemCode: 'EAFNOSUPPORT' },
    });
  });
}

// RFC 6761 section 6.4: names under .invalid never resolve. The others are no names at all.
for (const host of ['echogram.invalid', '127.0.0.1%lo', '[::1]', '1.2.3.4.5']) {
  test(`${host} does not resolve, and the system's error is kept as the cause`, async () => {
    await assert.rejects(resolveHost(host), (error) => {
      assert.ok(error instanceof SocketError);
      const { code, data, cause } = error as SocketError<'ECHOGRAM_ERR_HOST_UNRESOLVED'>;
      assert.equal(code, 'ECHOGRAM_ERR_HOST_UNRESOLVED');
      assert.equal(data.host, host);
      assert.equal(data.ipVersion, undefined);
      assert.ok(cause instanceof Error);
      assert.equal(data.systemCode, (cause as NodeJS.ErrnoException).code);
      assert.match(data.systemCode, /^E/);
      return true;
    });
  });
}

test('localhost is its loopback addresses, each once (RFC 6761 section 6.3)', async () => {
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  const found = await resolveHost('localhost');
  assert.ok(found.length > 0);
  for (const { address, ipVersion } of found) {
    assert.ok(loopback.check(address, `ipv${ipVersion}`), address);
  }
  assert.equal(new Set(found.map(({ address }) => address)).size, found.length);
});

test("a name keeps the resolver's order", async () => {
  const asked = await lookup('localhost', { all: true, verbatim: true });
  const found = await resolveHost('localhost');
  assert.deepEqual(
    found.map(({ address }) => address),
    [...new Set(asked.map(({ address }) => address))],
  );
});

test('a name can be asked for IPv4 alone', async () => {
  const found = await resolveHost('localhost', { ipVersion: 4 });
  assert.ok(found.every(({ ipVersion }) => ipVersion === 4));
});
