// The command of a page is made to be copied into a shell, and the result may be a stranger's.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import type { SessionStart } from '../../../src/client/session/session-result.ts';
import { pingCommand } from '../../../src/report/ping-command.ts';
import { madeResult } from '../../helpers/made-result.ts';
import { needsProgram } from '../../helpers/skips.ts';

const MS = 1e6;

test('the command has what differs from the defaults, and quotes what a shell would read', () => {
  const result = madeResult({
    config: {
      schedule: 'poisson',
      intervalNs: 20 * MS,
      count: null,
      durationNs: 90e9,
      timeoutNs: 2.5e9,
      payloadBytes: 100,
      flows: 4,
      ttl: 9,
      dscp: 46,
      dontFragment: 'set',
      isAuthenticated: false,
    },
    supplied: { host: "a'b $(reboot)", family: 6, allowFlood: true, payloadBytes: 100 },
    target: { host: "a'b $(reboot)", address: '::1', port: 7, protocol: 'echo', tried: [] },
  });
  assert.equal(
    pingCommand(result),
    'echogram ping --interval 20ms --size 100 --duration 90s --timeout 2500ms --ipv6' +
      ' --schedule poisson --flows 4 --ttl 9 --dscp 46 --df --engine portable --flood' +
      String.raw` -- 'a'\''b $(reboot):7'`,
  );
});

test('the command keeps the limits, as they were written', () => {
  const { supplied } = madeResult();
  const result = madeResult({ supplied: { ...supplied, maxLossRatio: 0.007, maxP99Ms: 0.25 } });
  assert.equal(
    pingCommand(result),
    "echogram ping --count 10 --engine portable --max-loss '0.7%' --max-p99 250us -- host.example:10000",
  );
});

test('the command of another protocol names it, and a key file without its name', () => {
  const { config, target } = madeResult();
  const result = madeResult({
    config: { ...config, payloadBytes: 112, isAuthenticated: true },
    target: { ...target, port: 862, protocol: 'stamp' },
  });
  assert.equal(
    pingCommand(result),
    'echogram ping --count 10 --protocol stamp --key-file FILE --engine portable -- host.example:862',
  );
});

const HOSTILE = [
  '; touch ran',
  '$(touch ran)',
  '`touch ran`',
  "'; touch ran; '",
  '"; touch ran; "',
  '\n touch ran\n',
  '| touch ran',
  '&& touch ran',
  '> ran',
  '--report=ran',
  '-c1',
  '*',
  '?',
  '[!a]',
  '{a,b}',
  '~',
  '#',
  '!!',
  '\\',
  '=ls',
  '%1',
  '\t',
  ' ',
  "''",
  '',
];

/** A result with this text wherever a text may stand, whatever the type says. */
function withText(text: string): SessionStart {
  const { tool, config, target, ...rest } = madeResult();
  return {
    ...rest,
    tool: { ...tool, engine: text as 'linux' },
    config: {
      ...config,
      ...({ schedule: text, count: text, intervalNs: 2e9 } as unknown as typeof config),
    },
    target: { ...target, host: text, protocol: text as 'echo' },
  };
}

test(
  'whatever a result holds, to a shell each value is one word, and the host no option',
  { skip: needsProgram('sh') },
  () => {
    for (const text of HOSTILE) {
      const script = `echogram() { printf '%s\\0' "$@"; }\n${pingCommand(withText(text))}`;
      const words = execFileSync('sh', ['-euc', script], { encoding: 'utf8' }).split('\0');
      assert.deepEqual(
        words.slice(0, -1),
        [
          // What is no value of its option can't be asked for again.
          ...['ping', '--interval', '2s', '--', `${text}:10000`],
        ],
        text,
      );
    }
  },
);
