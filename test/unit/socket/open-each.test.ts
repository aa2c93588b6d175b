import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { openEach, type OpenEachOptions } from '../../../src/socket/open-each.ts';
import { SOCKET_CELLS } from '../../../src/socket/counters.ts';
import { PortableSocket } from '../../../src/socket/portable/portable-socket.ts';
import { needsLinux } from '../../helpers/skips.ts';
import { UdpPeer } from '../../helpers/udp.ts';

// All of 127.0.0.0/8 is the host's own on Linux.
const skip = needsLinux();

/** TEST-NET-3 (RFC 5737): no host has it. */
const FOREIGN = '203.0.113.7';

type BeforeOpen = (address: string, port: number) => Promise<void>;

/** Opens real sockets and remembers which are open. */
class Opener {
  readonly opened = new Set<PortableSocket>();
  /** The address and port of each attempt. */
  readonly attempts: [address: string, port: number][] = [];
  readonly #beforeOpen: BeforeOpen;

  constructor(t: TestContext, beforeOpen: BeforeOpen = () => Promise.resolve()) {
    this.#beforeOpen = beforeOpen;
    t.after(() => Promise.all([...this.opened].map((socket) => socket.close())));
  }

  readonly open = async (address: string, port: number): Promise<PortableSocket> => {
    this.attempts.push([address, port]);
    await this.#beforeOpen(address, port);
    const cells = new Float64Array(SOCKET_CELLS);
    const socket = await PortableSocket.open({ address, port, receiveBufferBytes: 1 << 16, cells });
    this.opened.add(socket);
    return socket;
  };

  readonly close = async (socket: PortableSocket): Promise<void> => {
    await socket.close();
    this.opened.delete(socket);
  };
}

function optionsOf(options: Partial<OpenEachOptions>): OpenEachOptions {
  return {
    host: 'localhost',
    port: 0,
    addresses: [],
    allowMissing: false,
    broadcasts: [],
    ...options,
  };
}

test('the port that the system chose for the first address is that of all', { skip }, async (t) => {
  const opener = new Opener(t);
  const addresses = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
  const sockets = await openEach(optionsOf({ addresses }), opener);
  assert.deepEqual(
    sockets.map(({ local }) => local.address),
    addresses,
  );
  assert.equal(new Set(sockets.map(({ local }) => local.port)).size, 1);
  assert.notEqual(sockets[0]!.local.port, 0);
});

/** Takes the port that was chosen for the first address, at the second, so many times. */
function blockSecond(t: TestContext, times: number): BeforeOpen {
  let left = times;
  return async (address, port) => {
    if (address !== '127.0.0.2' || left === 0) return;
    left--;
    await UdpPeer.open(t, address, port);
  };
}

test(
  'a chosen port that another program has at the next address is chosen anew',
  { skip },
  async (t) => {
    const opener = new Opener(t, blockSecond(t, 2));
    const addresses = ['127.0.0.1', '127.0.0.2'];
    const sockets = await openEach(optionsOf({ addresses }), opener);
    assert.equal(sockets.length, 2);
    assert.equal(sockets[0]!.local.port, sockets[1]!.local.port);
    // Two that failed and one that did not, each at both addresses; nothing of the failed is open.
    assert.deepEqual(
      opener.attempts.map(([address]) => address),
      [...addresses, ...addresses, ...addresses],
    );
    assert.equal(opener.opened.size, 2);
  },
);

test(
  'after 16 chosen ports that are taken it gives up, and leaves nothing open',
  { skip },
  async (t) => {
    const opener = new Opener(t, blockSecond(t, 99));
    await assert.rejects(openEach(optionsOf({ addresses: ['127.0.0.1', '127.0.0.2'] }), opener), {
      code: 'ECHOGRAM_ERR_BIND',
      data: { host: 'localhost', port: 0, systemCode: 'EADDRINUSE' },
    });
    assert.equal(opener.attempts.length, 32);
    assert.equal(opener.opened.size, 0);
  },
);

test(
  'a given port that is taken is an error at once, and leaves nothing open',
  { skip },
  async (t) => {
    const holder = await UdpPeer.open(t, '127.0.0.2');
    const opener = new Opener(t);
    const options = optionsOf({ addresses: ['127.0.0.1', '127.0.0.2'], port: holder.port });
    await assert.rejects(openEach(options, opener), {
      code: 'ECHOGRAM_ERR_BIND',
      data: { host: 'localhost', port: holder.port, systemCode: 'EADDRINUSE' },
    });
    assert.equal(opener.attempts.length, 2);
    assert.equal(opener.opened.size, 0);
  },
);

for (const addresses of [
  [FOREIGN, '127.0.0.1'],
  ['127.0.0.1', FOREIGN],
]) {
  test(`of ${addresses.join(' and ')} the one that is not ours may be missing`, async (t) => {
    const opener = new Opener(t);
    const sockets = await openEach(optionsOf({ addresses, allowMissing: true }), opener);
    assert.deepEqual(
      sockets.map(({ local }) => local.address),
      ['127.0.0.1'],
    );
  });

  test(`of ${addresses.join(' and ')} none may be missing unless that is allowed`, async (t) => {
    const opener = new Opener(t);
    await assert.rejects(openEach(optionsOf({ addresses }), opener), {
      code: 'ECHOGRAM_ERR_BIND',
      data: { host: 'localhost', port: 0, systemCode: 'EADDRNOTAVAIL' },
    });
    assert.equal(opener.opened.size, 0);
  });
}

test('where all addresses are missing, that is an error', async (t) => {
  const options = optionsOf({ addresses: [FOREIGN, '203.0.113.8'], allowMissing: true });
  await assert.rejects(openEach(options, new Opener(t)), {
    code: 'ECHOGRAM_ERR_BIND',
    data: { host: 'localhost', port: 0, systemCode: 'EADDRNOTAVAIL' },
  });
});
