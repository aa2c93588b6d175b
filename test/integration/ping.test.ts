// ping() where something is wrong with this host or this process: what it says then.

import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { OptionError, ping, type SessionResult } from '../../src/index.ts';
import { deadline, until } from '../helpers/deadline.ts';
import { ENGINES } from '../helpers/engines.ts';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { counts } from '../helpers/made-session.ts';
import { startPythonServer } from '../helpers/peers.ts';
import { isStopped, startEchogram } from '../helpers/programs.ts';
import { firstSkip, needsLinux, needsLinuxEngine, needsProgram } from '../helpers/skips.ts';
import { hasUnreadFrom } from '../helpers/udp-table.ts';
import { UdpPeer } from '../helpers/udp.ts';

/** What an abort without a reason says of itself. */
const ABORTED = { code: 'ABORTED', message: 'This operation was aborted' };

for (const { engine, skip } of ENGINES) {
  test(
    `an abort ends the sending, and what is on its way is waited for (${engine})`,
    { skip },
    async () => {
      await using echo = await PlainEcho.open();
      const stop = new AbortController();
      const result = await ping({
        engine,
        host: '127.0.0.1',
        port: echo.port,
        intervalMs: 5,
        timeoutMs: 20_000,
        signal: stop.signal,
      }).on('record', ({ type }) => {
        if (type === 'reply') stop.abort();
      });
      const { sent, received, lost } = result.datagrams;
      assert.deepEqual([received, lost, result.endedBy], [sent, 0, ABORTED]);
    },
  );
}

for (const { engine, skip } of ENGINES) {
  test(`an abort at the first loss ends the run too (${engine})`, { skip }, async (t) => {
    const { port } = await UdpPeer.open(t);
    const stop = new AbortController();
    const measuring = ping({
      engine,
      host: '127.0.0.1',
      port,
      intervalMs: 10,
      timeoutMs: 100,
      signal: stop.signal,
    }).on('record', ({ type }) => {
      if (type === 'timeout') stop.abort();
    });
    const { datagrams, endedBy } = await deadline(measuring, () => 'the measurement to end');
    assert.deepEqual([datagrams.lost, endedBy], [datagrams.sent, ABORTED]);
  });
}

for (const { engine, skip } of ENGINES) {
  test(
    `asked for more than it can send, it hears replies and an abort meanwhile (${engine})`,
    { skip },
    async () => {
      await using echo = await PlainEcho.open();
      const stop = new AbortController();
      const result = await ping({
        engine,
        host: '127.0.0.1',
        port: echo.port,
        timeoutMs: 1000,
        intervalMs: 0.002,
        durationMs: 5000,
        signal: stop.signal,
      }).on('record', ({ type }) => {
        if (type === 'reply') stop.abort();
      });
      assert.deepEqual(result.endedBy, ABORTED);
      assert.ok(result.datagrams.received > 0);
    },
  );
}

test('an abort before the start rejects with its reason', async () => {
  const reason = new Error('not now');
  await assert.rejects(ping({ host: '127.0.0.1', signal: AbortSignal.abort(reason) }), reason);
});

for (const [what, options, message] of [
  ['a name that it does not know', { cuont: 5 }, /^cuont is not an option; did you mean count\?$/],
  ['a count of 0', { count: 0 }, /^count must be a whole number from 1 /],
  ['a size below the header', { payloadBytes: 43 }, /^payloadBytes must be .* from 44 to 65527/],
  ['a size above IPv4', { payloadBytes: 65_508 }, /^payloadBytes must be at most 65507, .* IPv4/],
  ['no interval', { intervalMs: 0 }, /^intervalMs must be a number from 0\.001 /],
  ['more on the way than it remembers', { timeoutMs: 1e9 }, /^timeoutMs must be at most 524288 /],
  [
    'more on the way in the timeout that it has by itself',
    { intervalMs: 0.001 },
    /^intervalMs must be such that at most 524288 probes, the maximum in flight, fit into the timeout of 1000 ms, /,
  ],
] as const) {
  test(`refuses ${what}`, async () => {
    await assert.rejects(ping({ host: '127.0.0.1', ...options }), (error) => {
      assert.ok(error instanceof OptionError);
      assert.match(error.message, message);
      return true;
    });
  });
}

test('refuses a flood of another host, and none of this one', async () => {
  const flood = { count: 1, intervalMs: 0.5, timeoutMs: 20 };
  await assert.rejects(ping({ host: '192.0.2.1', ...flood }), { code: 'ECHOGRAM_ERR_FLOOD' });
  for (const host of ['127.0.0.1', '127.1.2.3']) {
    assert.equal((await ping({ host, port: 9, ...flood })).datagrams.sent, 1);
  }
});

test(
  'a reply that lay in the socket while the event loop stalled is late, not lost (portable)',
  { skip: firstSkip(needsLinux(), needsProgram('python3')) },
  async (t) => {
    const { port } = await startPythonServer(t);
    const timeoutMs = 50;
    const stall = (): void => {
      const startedAt = performance.now();
      for (;;) {
        const elapsedMs = performance.now() - startedAt;
        if (elapsedMs > 2 * timeoutMs && hasUnreadFrom(port)) return;
        if (elapsedMs > 30_000) assert.fail('waited for the reply to reach the socket');
      }
    };
    const result = await ping({
      engine: 'portable',
      host: '127.0.0.1',
      port,
      count: 1,
      timeoutMs,
    }).on('start', () => {
      // The probe is sent in the same turn of the event loop.
      queueMicrotask(stall);
    });
    assert.deepEqual(result.datagrams, counts({ sent: 1, late: 1, lossRatio: 1 }));
  },
);

for (const { engine, skip } of ENGINES) {
  test(
    `what a stopped client's receive buffer lost is this host's, to the datagram (${engine})`,
    { skip: firstSkip(skip, needsLinux()) },
    async (t) => {
      const peer = await UdpPeer.open(t);
      const target = `127.0.0.1:${peer.port}`;
      const args = [
        'ping',
        target,
        '--engine',
        engine,
        '-s',
        '30000',
        '--rate',
        '500',
        '-W',
        '3s',
        '--json',
      ];
      const client = startEchogram(t, args);
      const { child } = client;
      // Twice as much as fits into 4 MiB, which Linux doubles for its book-keeping: 600 × 30 kB.
      await until(() => peer.unread >= 600, '600 probes');
      child.kill('SIGSTOP');
      await until(() => isStopped(child.pid!), 'the client to stop');
      let echoes = 0;
      const echo = (payload: Buffer, port: number): void => {
        echoes++;
        peer.socket.send(payload, port, '127.0.0.1');
      };
      while (peer.unread > 0) {
        const { payload, port } = await peer.next();
        echo(payload, port);
      }
      peer.socket.on('message', (payload, { port }) => {
        echo(payload, port);
      });
      child.kill('SIGCONT');
      child.kill('SIGINT');
      const { stdout } = await client.ended();
      const { datagrams, hostDrops, echogram } = JSON.parse(stdout) as SessionResult;
      assert.ok(hostDrops.receiveBuffer! > 0, 'the receive buffer held everything');
      assert.equal(datagrams.received + datagrams.late + hostDrops.receiveBuffer!, echoes);
      if (engine === 'portable') return;
      const inPicture = echogram.hostDropped.reduce((sum, count) => sum + count, 0);
      assert.equal(inPicture, hostDrops.receiveBuffer);
    },
  );
}

test(
  'what reached several source ports in time while the client stood still is not late (linux)',
  { skip: needsLinuxEngine() },
  async (t) => {
    const timeoutMs = 4000;
    const peer = await UdpPeer.open(t);
    const target = `127.0.0.1:${peer.port}`;
    // So fast that the thread never sleeps in a look for what came.
    const args = ['ping', target, '--engine', 'linux', '--flows', '4', '--rate', '20000'];
    const client = startEchogram(t, [...args, '-W', `${timeoutMs}ms`, '--json']);
    const { child } = client;
    await until(() => peer.unread >= 100, '100 probes');
    child.kill('SIGSTOP');
    await until(() => isStopped(child.pid!), 'the client to stop');
    while (peer.unread > 0) {
      const { payload, port } = await peer.next();
      peer.socket.send(payload, port, '127.0.0.1');
    }
    peer.socket.on('message', (payload, { port }) => {
      peer.socket.send(payload, port, '127.0.0.1');
    });
    // Not to wait for something: the time that a reply has goes by while nobody reads it.
    await setTimeout(timeoutMs + 100);
    child.kill('SIGCONT');
    child.kill('SIGINT');
    const { datagrams } = JSON.parse((await client.ended()).stdout) as SessionResult;
    assert.equal(datagrams.late, 0);
    assert.ok(datagrams.received >= 100, `${datagrams.received} received`);
  },
);
