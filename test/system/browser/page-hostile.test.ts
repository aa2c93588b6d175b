// A page of a result that somebody else wrote: whatever it says is shown as text, and nothing of it runs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openReport } from '../../helpers/browser.ts';
import { madeResult } from '../../helpers/made-result.ts';
import { scenario } from '../../helpers/page-scenario.ts';
import { needsProgram } from '../../helpers/skips.ts';

const skip = needsProgram('chromium');

test('what a host or a system says stays text', { skip }, async (t) => {
  const hostile = `</script><img src=x onerror=alert(1)><!--"'>`;
  const { target } = madeResult();
  const result = scenario({
    target: { ...target, host: hostile },
    endedBy: { code: 'ERROR', message: hostile },
    icmpErrors: [{ systemCode: hostile, from: hostile, icmpType: null, icmpCode: null, count: 1 }],
  });
  const { page, complaints, requests } = await openReport(t, result);
  assert.equal(
    await page.locator('.target strong').innerText(),
    `${hostile} (192.0.2.7) port 10000`,
  );
  assert.equal(await page.locator('img').count(), 0);
  assert.deepEqual([complaints, requests], [[], []]);
});

test('whatever a result says is text in the page, and nothing of it runs', { skip }, async (t) => {
  const ran =
    '</script><script>ran = 1</script><img src=x onerror="ran = 1"><a href="javascript:ran=1">';
  const { tool, target, verdict } = madeResult();
  const result = scenario({
    tool: { ...tool, version: ran, node: ran, platform: ran, engine: ran as 'linux' },
    target: { ...target, host: ran, address: ran, protocol: ran as 'echo' },
    endedBy: { code: 'ERROR', message: ran },
    verdict: { ...verdict, sentences: [ran, ran] },
    icmpErrors: [{ systemCode: ran, from: ran, icmpType: null, icmpCode: null, count: 1 }],
    startedAt: ran,
  });
  const { page, complaints, requests } = await openReport(t, result);
  assert.deepEqual([complaints, requests], [[], []]);
  assert.equal(await page.evaluate('typeof ran'), 'undefined');
  assert.equal(await page.evaluate('document.querySelectorAll("img, a, iframe").length'), 0);
  assert.ok((await page.locator('body').innerText()).includes(ran));
});
