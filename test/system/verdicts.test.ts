// Walks the table of docs/measuring.md: builds each condition out of namespaces, firewall rules, queues and
// peers, measures, and reads the verdict's code, its headline and the exit code, on both engines.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXIT_CODE } from '../../src/cli/exit-code.ts';
import { ping, type SessionResult } from '../../src/index.ts';
import { ANSWERED_ROWS } from '../helpers/answered-rows.ts';
import { ENGINES } from '../helpers/engines.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { firstSkip, needsNamespaces, needsProgram } from '../helpers/skips.ts';
import { UNANSWERED_ROWS } from '../helpers/unanswered-rows.ts';
import { UdpPeer } from '../helpers/udp.ts';
import { SERVER, SERVER_V6 } from '../helpers/verdict-rows.ts';
import { verdictCodes } from '../helpers/json-schema.ts';

const ROWS = [...UNANSWERED_ROWS, ...ANSWERED_ROWS];

const needs = (): string | false =>
  firstSkip(needsNamespaces(), needsProgram('nft'), needsProgram('tc'), needsProgram('python3'));

for (const { engine, skip } of ENGINES) {
  for (const row of ROWS.filter(({ needs }) => engine === 'linux' || needs === undefined)) {
    const { what, make, portable } = row;
    const isOther = engine === 'portable' && portable !== undefined;
    const [code, ...says] = isOther ? portable : [row.code, ...row.says];
    test(`${code} where ${what} (${engine})`, { skip: firstSkip(skip, needs()) }, async (t) => {
      const [client, server] = NetworkNamespace.createPair(t);
      await client.untilRunning('wire');
      const args = await make({ client, server }, t);
      const target = row.isIPv6 === true ? `[${SERVER_V6}]:10000` : `${SERVER}:10000`;
      const program = client.startEchogram(
        t,
        'ping',
        ...args,
        '--json',
        '--engine',
        engine,
        target,
      );
      const { stdout, exitCode } = await program.ended();
      const { verdict } = JSON.parse(stdout) as SessionResult;
      const [headline, ...others] = says;
      assert.equal(verdict.code, code, verdict.sentences.join('\n'));
      assert.match(verdict.sentences[0]!, headline!);
      for (const pattern of others) {
        assert.ok(
          verdict.sentences.some((sentence) => pattern.test(sentence)),
          `${pattern.source} in:\n${verdict.sentences.join('\n')}`,
        );
      }
      assert.equal(exitCode, EXIT_CODE[code]);
    });
  }

  test(
    `NOTHING_SENT where it is stopped before the first probe (${engine})`,
    { skip },
    async (t) => {
      const { port } = await UdpPeer.open(t);
      const stop = new AbortController();
      const { verdict, endedBy } = await ping({
        engine,
        host: '127.0.0.1',
        port,
        signal: stop.signal,
      }).on('start', () => {
        stop.abort(Object.assign(new Error('stopped'), { code: 'SIGTERM' }));
      });
      assert.deepEqual(
        [verdict, endedBy],
        [
          { code: 'NOTHING_SENT', sentences: ['Nothing was sent, so nothing is known.'] },
          { code: 'SIGTERM' },
        ],
      );
    },
  );
}

test('each code of the table has its condition here', () => {
  const walked = new Set<string>(['NOTHING_SENT', ...ROWS.map(({ code }) => code)]);
  assert.deepEqual(
    verdictCodes().filter((code) => !walked.has(code)),
    [],
  );
});
