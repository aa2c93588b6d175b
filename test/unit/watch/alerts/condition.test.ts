import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALERT_METRICS } from '../../../../src/watch/alerts/alert-metrics.ts';
import { CONDITION } from '../../../../src/watch/alerts/condition.ts';
import { planWatch } from '../../../../src/watch/config/watch-plan.ts';
import { repositoryText } from '../../../helpers/repository.ts';

test('a condition is read with its defaults', () => {
  const read = (text: string): object => CONDITION.text.read('', text);
  assert.deepEqual(read('loss >= 5% over 2m for 3m'), {
    of: 'number',
    metric: 'loss',
    operator: '>=',
    threshold: 0.05,
    overMs: 120_000,
    forMs: 180_000,
    text: 'loss >= 5% over 2m for 3m',
  });
  assert.deepEqual(read(' p99>20ms '), {
    of: 'number',
    metric: 'p99',
    operator: '>',
    threshold: 20e6,
    overMs: 60_000,
    forMs: 0,
    text: 'p99>20ms',
  });
  assert.deepEqual(read('state = DOWN_NOW for 30s'), {
    of: 'state',
    code: 'DOWN_NOW',
    overMs: 60_000,
    forMs: 30_000,
    text: 'state = DOWN_NOW for 30s',
  });
  assert.deepEqual(
    ['received = 0', 'late <= 0.5% over 10s', 'unanswered < 3 for 10s'].map((text) => {
      const { threshold, overMs, forMs } = CONDITION.text.read('', text) as unknown as Record<string, number>; // prettier-ignore
      return [threshold, overMs, forMs];
    }),
    [
      [0, 60_000, 0],
      [0.005, 10_000, 0],
      [3, 60_000, 10_000],
    ],
  );
});

test('what is no condition is refused with the place and what to write', () => {
  const cases = [
    ['', 1, /write loss >= 5% over 1m for 3m; the form is METRIC/],
    ['loss above 5%', 1, /the form is METRIC OPERATOR VALUE/],
    ['lost >= 5%', 1, /lost is no metric; did you mean loss\?/],
    ['speed >= 5%', 1, /speed is no metric; known are state, loss, /],
    ['loss >= 5', 9, /5 must be a percentage from 0% to 100%; write 5%/],
    ['loss >= 500%', 9, /500% must be a percentage from 0% to 100%/],
    ['p99 > 20', 7, /20 must be a duration .*; write 20s or 20ms/],
    ['received = few', 12, /few must be a whole number/],
    ['state = DOWN', 9, /DOWN is no state; did you mean DOWN_NOW\?/],
    ['state >= DOWN_NOW', 7, /a state can only be compared by =/],
    ['loss >= 5% over 15s', 17, /over must be a multiple of 10s/],
    ['loss >= 5% over 2h', 17, /2h must be a duration from 10s to 3600 seconds/],
    ['loss >= 5% for 1m over 1m', 24, /over must stand before for/],
    ['loss >= 5% for 1m for 1m', 23, /for must stand once/],
    ['loss >= 5% for 3', 16, /3 must be a duration/],
  ] as const;
  for (const [text, character, message] of cases) {
    assert.throws(
      () => CONDITION.text.read('raise', text),
      (error: Error) => {
        assert.match(error.message, /^raise must be a condition, got /);
        assert.match(error.message, new RegExp(`at character ${character}: `), text);
        assert.match(error.message, message);
        return true;
      },
    );
  }
});

test('a configuration with a wrong rule or receiver is refused at its place, without passwords', () => {
  const rule = { name: 'loss', raise: 'loss >= 5%' };
  const cases = [
    [
      { alerts: [rule, { name: 'b', raise: 'loss' }] },
      /alerts\[1\]\.raise must be a condition, got `loss`; at character 1/,
    ],
    [{ alerts: [{ ...rule, clear: 'los < 1%' }] }, /alerts\[0\]\.clear must be a condition/],
    [
      { alerts: [rule, rule] },
      /alerts\[1\]\.name must differ from that of alerts\[0\], got `loss`/,
    ],
    [
      { alerts: [{ ...rule, name: 'a\nb' }] },
      /alerts\[0\]\.name must be at most 200 characters that can/,
    ],
    [
      { alerts: [{ ...rule, labels: { 'se-v': '1' } }] },
      /alerts\[0\]\.labels.* must be the name of a Prom/,
    ],
    [{ alerts: [{ ...rule, labels: { alertname: '1' } }] }, /must not be alertname/],
    [
      { notify: { webhook: 'ftp://me:secret@host' } },
      /notify\.webhook must be a URL that begins with http:\/\/ or https:\/\/; write/,
    ],
    [
      { notify: { alertmanager: ['http://a', 'b:secret'] } },
      /notify\.alertmanager\[1\] must be a URL/,
    ],
  ] as const;
  for (const [part, message] of cases) {
    assert.throws(
      () => planWatch({ targets: ['fra'], ...part }),
      (error: Error) => {
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
  }
});

test('docs/alerts.md names each metric, and its rules are accepted', () => {
  const page = repositoryText('docs/alerts.md');
  for (const name of ['state', ...Object.keys(ALERT_METRICS)]) {
    assert.ok(page.includes(`\`${name}\``), name);
  }
  const rules = [...page.matchAll(/^ +(?:raise|clear): (.*)$/gm)].map(([, rule = '']) => rule);
  assert.equal(rules.length, 4);
  for (const rule of rules) CONDITION.text.read('raise', rule);
});
