// echogram ping stopped twice.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { test } from 'node:test';
import type { SessionResult } from '../../src/index.ts';
import { until } from '../helpers/deadline.ts';
import { ENGINES } from '../helpers/engines.ts';
import { startEchogram } from '../helpers/programs.ts';
import { firstSkip, needsLinux } from '../helpers/skips.ts';
import { UdpPeer } from '../helpers/udp.ts';

/** Two that come together are one to the system (signal(7)). */
function isSigintPending(pid: number): boolean {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const pending = /^ShdPnd:\s*([0-9a-f]+)$/m.exec(status)![1]!;
  return (BigInt(`0x${pending}`) & (1n << BigInt(constants.signals.SIGINT - 1))) !== 0n;
}

for (const { engine, skip: noEngine } of ENGINES) {
  const skip = firstSkip(needsLinux(), noEngine);
  test(
    `a second SIGINT gives the result at once, without waiting for replies (${engine})`,
    { skip },
    async (t) => {
      const peer = await UdpPeer.open(t);
      const flags = ['-W', '1h', '-i', '10ms', '--json', '--engine', engine];
      const client = startEchogram(t, ['ping', `127.0.0.1:${peer.port}`, ...flags]);
      // The first one is answered, and the others have an hour.
      const { payload, port } = await peer.next('a probe');
      await peer.send(payload, port);
      await peer.next('another probe');
      client.child.kill('SIGINT');
      await until(() => !isSigintPending(client.child.pid!), 'the first SIGINT to arrive');
      client.child.kill('SIGINT');
      const { stdout, exitCode } = await client.ended();
      const { datagrams, endedBy, verdict, echogram } = JSON.parse(stdout) as SessionResult;
      assert.deepEqual(
        [datagrams.sent, datagrams.received, datagrams.lost, exitCode],
        [1, 1, 0, 0],
      );
      assert.equal(endedBy.code, 'SIGINT');
      assert.ok(endedBy.leftOut! > 0);
      assert.ok(verdict.sentences.some((text) => text.includes('still waiting for a reply')));
      assert.equal(
        echogram.sent.reduce((sum, sent) => sum + sent, 0),
        1,
      );
    },
  );
}
