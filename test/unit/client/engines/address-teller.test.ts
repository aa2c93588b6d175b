import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressTeller } from '../../../../src/client/engines/address-teller.ts';
import type { ProbeChannel } from '../../../../src/socket/probe-channel.ts';
import { MadeSession } from '../../../helpers/made-session.ts';

test('each change of the address has a record, and the first 64 are kept for the result', () => {
  const made = new MadeSession();
  let atNs = 0;
  const channel: Pick<ProbeChannel, 'followAddress'> = {
    followAddress: (tell) => {
      tell({ atNs: ++atNs, from: '192.0.2.1', to: '192.0.2.7' });
    },
  };
  const teller = new AddressTeller(channel as ProbeChannel, made.session);
  for (let change = 1; change <= 70; change++) teller.look();
  assert.equal(made.records.filter(({ type }) => type === 'address-changed').length, 70);
  assert.equal(teller.changes.length, 64);
  assert.deepEqual([teller.changes[0]?.atNs, teller.changes.at(-1)?.atNs], [1, 64]);
});
