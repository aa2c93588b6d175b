// The hot loop over a socket in which datagrams always wait, as in a flood.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DatagramSocket } from '../../../src/socket/datagram-socket.ts';
import { CounterBlock } from '../../../src/server/counters.ts';
import { ReflectLoop } from '../../../src/server/reflect-loop.ts';
import { Sampler } from '../../../src/server/sampler.ts';
import { admissionWith } from '../../helpers/made-admission.ts';
import { MadeBatch } from '../../helpers/made-batch.ts';

/** Holds so many batches of one datagram. */
class FloodedSocket implements DatagramSocket {
  readonly engine = 'portable';
  readonly local = { address: '192.0.2.1', port: 7 };
  readonly receiveBuffer = { askedBytes: 0, grantedBytes: null };
  readonly sendBuffer = { askedBytes: 0, grantedBytes: null };
  sent = 0;
  waiting: number;

  constructor(waiting: number) {
    this.waiting = waiting;
  }

  createBatch(): MadeBatch {
    return new MadeBatch([{ address: '192.0.2.7', port: 50_139, payload: Buffer.from('flood') }]);
  }

  receive(): number {
    if (this.waiting === 0) return 0;
    this.waiting--;
    return 1;
  }

  send(): void {
    this.sent++;
  }

  tellOutcome(): void {
    assert.fail('nobody is shown anything');
  }

  discard(): void {
    this.waiting = 0;
  }
}

function loopOver(socket: DatagramSocket): ReflectLoop {
  const block = new CounterBlock();
  const sampler = new Sampler('echo', Int32Array.of(0), block, () => undefined);
  return new ReflectLoop({
    socket,
    admission: admissionWith(),
    reflector: { reflect: () => undefined },
    sampler,
    block,
    network: undefined,
  });
}

test('a flood gets 32 batches a turn, so that a close and the event loop have theirs', () => {
  const socket = new FloodedSocket(70);
  const loop = loopOver(socket);
  assert.deepEqual([loop.turn(), socket.sent], [true, 32]);
  assert.deepEqual([loop.turn(), socket.sent], [true, 64]);
  assert.deepEqual([loop.turn(), socket.sent], [false, 70]);
});
