// ping() with protocols that tell the way there from the way back, against reflectors in this process.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { OptionError, ping, serve, type PingOptions, type SessionResult } from '../../src/index.ts';
import type { ProbeRecord } from '../../src/client/session/probe-record.ts';
import { ENGINES } from '../helpers/engines.ts';
import { PlainEcho } from '../helpers/impairment-proxy.ts';
import { counts } from '../helpers/made-session.ts';
import { MadeStampReflector, MadeUdpEchoPlus } from '../helpers/reflector.ts';
import { keyOctets } from '../helpers/stamp.ts';

const MS = 1e6;
const HOST = '127.0.0.1';
/** Long enough for a host that stalls. */
const PATIENT = { host: HOST, intervalMs: 2, timeoutMs: 60_000 } as const;
const RUN = { ...PATIENT, count: 20 } as const;
/** For what is never answered, which is waited for. */
const IN_VAIN = { ...RUN, timeoutMs: 4000 } as const;

/** Measures until twenty replies have come: of a number of slots a host that stalls skips some. */
async function untilAnswered(
  options: Omit<PingOptions, 'host'>,
  onRecord?: (record: ProbeRecord) => void,
): Promise<SessionResult> {
  const enough = new AbortController();
  let replies = 0;
  return await ping({
    ...PATIENT,
    ...options,
    signal: enough.signal,
  }).on('record', (record) => {
    onRecord?.(record);
    if (record.type === 'reply' && ++replies === 20) enough.abort();
  });
}

for (const { engine, skip } of ENGINES) {
  for (const [protocol, open] of [
    ['stamp', () => MadeStampReflector.open({})],
    ['udp-echo-plus', () => MadeUdpEchoPlus.open({ firstNumber: 900 })],
  ] as const) {
    test(
      `counts of directions are those of the losses where a second stop leaves probes out (${protocol}, ${engine})`,
      { skip },
      async () => {
        await using reflector = await open();
        const [stop, end] = [new AbortController(), new AbortController()];
        const fates: string[] = [];
        const result = await ping({
          host: HOST,
          port: reflector.port,
          engine,
          protocol,
          intervalMs: 10,
          timeoutMs: 500,
          signal: stop.signal,
          endSignal: end.signal,
        }).on('record', ({ type }) => {
          fates.push(type);
          const [lost, isAnswered] = [fates.includes('timeout'), type === 'reply'];
          if (isAnswered && !lost) reflector.isMute = true;
          // Half a second's probes are still waited for when the next one is answered.
          if (lost) reflector.isMute = false;
          if (lost && isAnswered) for (const one of [stop, end]) one.abort();
        });
        const { datagrams, forward, backward, reflector: said } = result;
        const sum = forward!.lost! + backward!.lost! + said!.unattributed! + said!.unanswered!;
        assert.equal(said!.numbering, 'own');
        assert.equal(sum, datagrams.lost);
        // Every probe got there.
        assert.equal(forward!.lost, 0);
        assert.equal(datagrams.sent, datagrams.received + datagrams.lost + datagrams.late);
      },
    );
  }

  for (const [what, options, asked] of [
    ['unauthenticated', {}, {}],
    ['that knows no SSID', { hasNoSsid: true }, {}],
    ['authenticated', { key: keyOctets('K1') }, { key: keyOctets('K1') }],
    ['with padding', {}, { payloadBytes: 1400 }],
    ['with the least padding', {}, { payloadBytes: 48 }],
    [
      'authenticated, with padding',
      { key: keyOctets('K1') },
      { key: keyOctets('K1'), payloadBytes: 116 },
    ],
    ['on many ports', {}, { flows: 7 }],
  ] as const) {
    test(`each direction is told of a STAMP reflector ${what} (${engine})`, { skip }, async () => {
      await using reflector = await MadeStampReflector.open(options);
      const { port } = reflector;
      const result = await untilAnswered({ ...asked, engine, protocol: 'stamp', port });
      const { sent } = result.datagrams;
      assert.deepEqual(result.datagrams, counts({ sent, received: sent }));
      for (const { lost, reordered, duplicate, ipdvNs } of [result.forward!, result.backward!]) {
        assert.deepEqual([lost, reordered, duplicate], [0, 0, 0]);
        assert.notEqual(ipdvNs.p50, null);
      }
      const { numbering, unattributed, unanswered, unusableStamps } = result.reflector!;
      assert.deepEqual(
        { numbering, unattributed, unanswered, unusableStamps },
        { numbering: 'own', unattributed: 0, unanswered: 0, unusableStamps: 0 },
      );
    });
  }

  test(
    `a stateless reflector is recognised, and no direction guessed (${engine})`,
    { skip },
    async () => {
      await using reflector = await MadeStampReflector.open({ isStateful: false });
      const { port } = reflector;
      const {
        reflector: told,
        forward,
        backward,
      } = await untilAnswered({ engine, protocol: 'stamp', port });
      assert.deepEqual([told!.numbering, told!.unattributed], ['copied', null]);
      for (const { lost, reordered, duplicate, pdvNs } of [forward!, backward!]) {
        assert.deepEqual([lost, reordered, duplicate], [null, null, null]);
        assert.equal(pdvNs.min, 0);
      }
    },
  );

  test(
    `a clock that is off is told by at least as much as the delays show (${engine})`,
    { skip },
    async () => {
      for (const aheadSeconds of [3, -3, 86_400 * 365]) {
        await using reflector = await MadeStampReflector.open({
          aheadSeconds,
          isSynchronised: true,
        });
        const { port } = reflector;
        const result = await untilAnswered({ engine, protocol: 'stamp', port });
        const { offsetLeastNs, offsetMostNs, isSynchronised, errorNs } = result.reflector!.clock!;
        const offNs = aheadSeconds * 1e9;
        // Two clocks of this host, read a millisecond apart at most, and numbers beyond 2^53.
        const slackNs = 2 * MS;
        assert.ok(offsetLeastNs <= offNs + slackNs, `${offsetLeastNs} > ${offNs}`);
        assert.ok(offsetMostNs >= offNs - slackNs, `${offsetMostNs} < ${offNs}`);
        assert.ok(offsetMostNs - offsetLeastNs <= result.rttNs.max! + slackNs);
        assert.equal(isSynchronised, true);
        // RFC 4656's 8 bits of a millisecond, rounded up.
        assert.ok(errorNs !== null && errorNs >= MS && errorNs < 1.01 * MS);
        const variationNs = result.forward!.pdvNs.max!;
        assert.ok(
          variationNs <= result.rttNs.max! + slackNs,
          `${variationNs} has the clocks in it`,
        );
      }
    },
  );

  test(`what a reflector keeps a probe for is in no round trip (${engine})`, { skip }, async () => {
    await using stamp = await MadeStampReflector.open({ holdMs: 30 });
    await using plus = await MadeUdpEchoPlus.open({ holdMs: 30 });
    for (const [protocol, { port }] of [
      ['stamp', stamp],
      ['udp-echo-plus', plus],
    ] as const) {
      const records: ProbeRecord[] = [];
      const { reflector, rttNs } = await untilAnswered({ engine, protocol, port }, (record) =>
        records.push(record),
      );
      // A timer may fire a millisecond early (libuv).
      assert.ok(reflector!.residenceNs.min! >= 29 * MS, String(reflector!.residenceNs.min));
      assert.ok(rttNs.min! < 29 * MS, String(rttNs.min));
      for (const record of records.filter(({ type }) => type === 'reply')) {
        assert.ok(record.type === 'reply' && record.residenceNs! >= 29 * MS);
        const sum = record.forwardDelayNs! + record.backwardDelayNs!;
        if (protocol === 'stamp')
          assert.ok(Math.abs(sum - record.rttNs) <= 1, `${sum} ns is not ${record.rttNs}`);
        else assert.deepEqual([record.forwardDelayNs, record.backwardDelayNs], [null, null]);
      }
    }
  });

  test(`times that contradict ours are not used (${engine})`, { skip }, async () => {
    for (const residenceNs of [-1, 1e12]) {
      await using reflector = await MadeStampReflector.open({ residenceNs });
      const { port } = reflector;
      const result = await ping({ ...RUN, engine, protocol: 'stamp', port });
      const { sent } = result.datagrams;
      assert.deepEqual(result.datagrams, counts({ sent, received: sent }));
      assert.equal(result.reflector!.unusableStamps, sent);
      assert.equal(result.reflector!.clock, null);
      assert.deepEqual([result.forward!.delayNs!.max, result.forward!.lost], [null, 0]);
    }
  });

  test(
    `UDPEchoPlus tells each direction, its counter wherever it stands (${engine})`,
    { skip },
    async () => {
      // The second wraps meanwhile, and so does the clock of both.
      for (const firstNumber of [1, 2 ** 32 - 5]) {
        await using server = await MadeUdpEchoPlus.open({ firstNumber });
        const { port } = server;
        const result = await ping({
          ...RUN,
          engine,
          protocol: 'udp-echo-plus',
          port,
          flows: 3,
        });
        const { sent } = result.datagrams;
        assert.deepEqual(result.datagrams, counts({ sent, received: sent }));
        for (const { lost, reordered, duplicate, delayNs, ipdvNs, pdvNs } of [
          result.forward!,
          result.backward!,
        ]) {
          assert.deepEqual([lost, reordered, duplicate, delayNs], [0, 0, 0, null]);
          assert.ok(ipdvNs.max! < 60e9 && pdvNs.max! < 60e9);
        }
        assert.deepEqual([result.reflector!.numbering, result.reflector!.clock], ['own', null]);
      }
    },
  );

  // All at once, as each waits for the whole of its timeout.
  describe(`what is never answered (${engine})`, { concurrency: true }, () => {
    test(
      `what the server says it did not answer is lost there, not on the way (${engine})`,
      { skip },
      async () => {
        await using server = await MadeUdpEchoPlus.open({ failEvery: 4 });
        const { port } = server;
        const { datagrams, forward, backward, reflector } = await untilAnswered({
          engine,
          protocol: 'udp-echo-plus',
          port,
          timeoutMs: IN_VAIN.timeoutMs,
        });
        const { sent, lost } = datagrams;
        assert.equal(lost, Math.floor(sent / 4));
        // The last is unattributed if nothing came after it.
        const atTheEnd = sent % 4 === 0 ? 1 : 0;
        assert.deepEqual(
          [forward!.lost, backward!.lost, reflector!.unanswered, reflector!.unattributed],
          [0, 0, lost - atTheEnd, atTheEnd],
        );
      },
    );

    for (const protocol of ['stamp', 'udp-echo-plus'] as const) {
      test(`a plain echo is recognised by ${protocol} (${engine})`, { skip }, async () => {
        await using echo = await PlainEcho.open();
        const { port } = echo;
        const result = await ping({ ...IN_VAIN, engine, protocol, port });
        const { sent } = result.datagrams;
        assert.deepEqual(result.datagrams, counts({ sent, lost: sent, lossRatio: 1 }));
        assert.deepEqual([result.reflector!.unaltered, result.reflector!.numbering], [sent, null]);
      });
    }

    test(
      `a plain echo of authenticated packets is recognised too (${engine})`,
      { skip },
      async () => {
        await using echo = await PlainEcho.open();
        const { port } = echo;
        const key = keyOctets('K1');
        const result = await ping({ ...IN_VAIN, engine, protocol: 'stamp', key, port });
        assert.equal(result.reflector!.unaltered, result.datagrams.sent);
      },
    );

    test(
      `replies that another key made are altered ones, and answer nothing (${engine})`,
      { skip },
      async () => {
        const [k1, k2] = [keyOctets('K1'), keyOctets('K2')];
        await using reflector = await MadeStampReflector.open({ key: k1, replyKey: k2 });
        const { port } = reflector;
        const result = await ping({ ...IN_VAIN, engine, protocol: 'stamp', key: k1, port });
        const { sent, received, corrupted } = result.datagrams;
        assert.deepEqual([received, corrupted], [0, sent]);
        assert.equal(result.reflector!.unauthenticated, sent);
      },
    );
  });

  test(`a reflector that was restarted is found out (${engine})`, { skip }, async () => {
    await using reflector = await MadeStampReflector.open({});
    const enough = new AbortController();
    let replies = 0;
    const { port } = reflector;
    const result = await ping({
      ...PATIENT,
      engine,
      protocol: 'stamp',
      port,
      signal: enough.signal,
    }).on('record', ({ type }) => {
      if (type === 'reply' && ++replies === 3) reflector.restart();
      if (replies > 3 && reflector.answered >= 3) enough.abort();
    });
    assert.equal(result.reflector!.numbering, 'inconsistent');
    assert.deepEqual([result.forward!.lost, result.backward!.lost], [null, null]);
    assert.equal(result.datagrams.received, result.datagrams.sent);
  });
}

test("this project's own server tells each direction, on either engine at either end", async () => {
  const engines = ENGINES.filter(({ skip }) => skip === false).map(({ engine }) => engine);
  const key = keyOctets('K1');
  for (const serving of engines) {
    await using server = await serve({
      host: HOST,
      port: 0,
      engine: serving,
      udpEchoPlus: true,
      stamp: { port: 0, stateful: true, key },
    });
    const [plus, stamp] = server.services;
    for (const engine of engines) {
      for (const asked of [
        { protocol: 'stamp', port: stamp!.port, key },
        { protocol: 'udp-echo-plus', port: plus!.port },
      ] as const) {
        const result = await untilAnswered({ ...asked, engine });
        const { sent } = result.datagrams;
        assert.deepEqual(result.datagrams, counts({ sent, received: sent }));
        assert.equal(result.reflector!.numbering, 'own', `${asked.protocol} of ${serving}`);
        assert.deepEqual([result.forward!.lost, result.backward!.lost], [0, 0]);
      }
    }
  }
});

for (const [what, options] of [
  ['is too short', { protocol: 'stamp', key: Buffer.from('a secret') }],
  ['is text', { protocol: 'stamp', key: 'a secret of sixteen' as unknown as Uint8Array }],
  ['has no use', { key: Buffer.from('a secret of sixteen') }],
] as const) {
  test(`no error holds a key that ${what}`, async () => {
    await assert.rejects(ping({ host: HOST, ...options }), (error) => {
      assert.ok(error instanceof OptionError);
      const { data } = error as OptionError<'ECHOGRAM_ERR_OPTION_VALUE'>;
      assert.equal(data.option, 'key');
      // Neither as text nor as octets: "secret" in hexadecimal digits.
      assert.doesNotMatch(inspect(error), /secret|73 65 63 72 65 74/);
      return true;
    });
  });
}
