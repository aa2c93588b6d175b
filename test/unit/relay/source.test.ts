// The server's name may stand for two addresses, and only one of them answer.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Allowance } from '../../../src/relay/allowance.ts';
import { Source } from '../../../src/relay/source.ts';
import { Target } from '../../../src/relay/target.ts';
import { SOCKET_CELL, SOCKET_CELLS } from '../../../src/socket/counters.ts';
import { PortableSocket } from '../../../src/socket/portable/portable-socket.ts';
import { until } from '../../helpers/deadline.ts';
import { needsIPv6 } from '../../helpers/skips.ts';
import { closedPort, UdpPeer } from '../../helpers/udp.ts';

const ADDRESSES = [
  { address: '127.0.0.1', ipVersion: 4 },
  { address: '::1', ipVersion: 6 },
] as const;

for (const [what, isServerUp] of [
  ['what a closed port refused goes to the next address, and is counted once', true],
  ['where every address refuses, each is asked once for a datagram', false],
] as const) {
  test(what, { skip: needsIPv6() }, async (t) => {
    const port = await closedPort(t);
    const server = await UdpPeer.open(t, '::1', isServerUp ? port : 0);
    if (!isServerUp) await server.close();
    const cells = new Float64Array(SOCKET_CELLS);
    const front = await PortableSocket.open({
      address: '127.0.0.1',
      port: 0,
      receiveBufferBytes: 65_536,
      cells: new Float64Array(SOCKET_CELLS),
    });
    t.after(() => front.close());
    const target = new Target(ADDRESSES, port);
    const replies: string[] = [];
    let icmpErrors = 0;
    const route = {
      client: { address: '127.0.0.1', port: 5000 },
      front,
      target,
      allowance: new Allowance(true),
      cells,
    };
    const source = new Source(route, true, {
      onReply: (_source, payload) => replies.push(payload.toString()),
      onIcmp: () => icmpErrors++,
      onBroken: () => undefined,
    });
    t.after(() => source.close());
    source.forward(Buffer.from('hello'));
    if (isServerUp) {
      const { payload, port: from } = await server.next();
      assert.equal(payload.toString(), 'hello');
      await server.send('welcome', from, '::1');
      await until(() => replies.length === 1, 'the reply');
      assert.deepEqual(target.address, ADDRESSES[1]);
      assert.equal(target.alternatives, 0);
      source.forward(Buffer.from('again'));
      assert.equal((await server.next()).payload.toString(), 'again');
      await until(() => cells[SOCKET_CELL.sentDatagrams] === 2, 'both to be counted');
    } else {
      await until(() => icmpErrors === 2, 'both addresses to refuse');
      assert.deepEqual(target.address, ADDRESSES[1]);
      assert.equal(cells[SOCKET_CELL.sentDatagrams], 1);
    }
  });
}
