// What the page says of datagrams that this host dropped.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openReport } from '../../helpers/browser.ts';
import { madeResult, NO_DROPS } from '../../helpers/made-result.ts';
import { needsProgram } from '../../helpers/skips.ts';

const skip = needsProgram('chromium');

for (const [why, drops, text] of [
  ['is proven', { receiveBuffer: 20 }, "20\nin this host's receive buffer"],
  ['is not known', { bufferOrChecksum: 5 }, '5\ndropped by this host (buffer or checksum)'],
  [
    'differs',
    { checksum: 3, bufferOrChecksum: 5 },
    '8\n3 damaged on the path (wrong UDP checksum), 5 dropped by this host (buffer or checksum)',
  ],
  ['is none', {}, '0\ndropped by this host (buffer or checksum)'],
] as const) {
  test(
    `what this host dropped is told in the verdict's words where its cause ${why}`,
    { skip },
    async (t) => {
      const result = madeResult({ hostDrops: { ...NO_DROPS, ...drops } });
      const { page } = await openReport(t, result);
      const tile = page.locator('.tile', { hasText: 'Dropped here' });
      assert.equal((await tile.innerText()).replace(/^.*\n+/, '').replaceAll(/\n+/g, '\n'), text);
    },
  );
}
