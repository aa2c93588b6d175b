// A relay between real sockets, held to the logs of both sides.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import type { ImpairmentPlan } from '../../src/impairment/impairments.ts';
import { impair } from '../../src/relay/impair.ts';
import type { Relay } from '../../src/relay/relay.ts';
import type { ImpairOptions } from '../../src/relay/relay-options.ts';
import { until } from '../helpers/deadline.ts';
import {
  factsOf,
  LoggingPeer,
  numbered,
  numberOf,
  untilSettled,
  type Logged,
} from '../helpers/relayed.ts';
import { needsIPv6 } from '../helpers/skips.ts';
import { closedPort, UdpPeer } from '../helpers/udp.ts';

async function startRelay(t: TestContext, options: ImpairOptions): Promise<Relay> {
  const relay = await impair(options);
  t.after(() => relay.close());
  return relay;
}

function toPort(port: number): string {
  return `127.0.0.1:${port}`;
}

/** A client, a server that answers each datagram so often, and a relay between them. */
async function startChain(
  t: TestContext,
  options: Omit<ImpairOptions, 'to'> = {},
  answers = 1,
): Promise<{ client: LoggingPeer; server: LoggingPeer; relay: Relay }> {
  const server = await LoggingPeer.open(t, answers);
  const client = await LoggingPeer.open(t);
  const relay = await startRelay(t, { to: toPort(server.port), ...options });
  return { client, server, relay };
}

async function sendNumbered(client: LoggingPeer, relay: Relay, count: number): Promise<void> {
  const first = client.sent;
  for (let number = first; number < first + count; number++) {
    await client.send(numbered(number), relay.port);
  }
}

function numbersOf(log: readonly Logged[]): readonly number[] {
  return log.map(({ payload }) => numberOf(payload));
}

test('without a plan all that comes is passed on both ways, as it is', async (t) => {
  const { client, server, relay } = await startChain(t);
  await sendNumbered(client, relay, 100);
  await client.untilLogged(100);
  const inOrder = Array.from({ length: 100 }, (_, number) => number);
  assert.deepEqual(numbersOf(server.log), inOrder);
  assert.deepEqual(numbersOf(client.log), inOrder);
  await relay.close();
  const { forward, backward, sources } = relay.counters;
  for (const direction of [forward, backward]) {
    assert.equal(direction.receivedDatagrams, 100);
    assert.equal(direction.receivedBytes, 6400);
    assert.equal(direction.forwardedDatagrams, 100);
    assert.equal(direction.forwardedBytes, 6400);
  }
  assert.deepEqual(sources, { open: 0, opened: 1, expired: 0, displaced: 0 });
});

const EVERYTHING: ImpairmentPlan = {
  lossRatio: 0.1,
  duplicateRatio: 0.1,
  reorderRatio: 0.1,
  corruptRatio: 0.1,
  delayMs: 3,
  jitterMs: 2,
};

test('the counts of both directions are those of the logs of both sides', async (t) => {
  const { client, server, relay } = await startChain(t, {
    forward: { ...EVERYTHING, seed: 42 },
    backward: { ...EVERYTHING, lossRatio: 0.3, seed: 7 },
  });
  await sendNumbered(client, relay, 400);
  const forward = await untilSettled(relay, 'forward', 400);
  await server.untilLogged(forward.forwardedDatagrams);
  const backward = await untilSettled(relay, 'backward', server.sent);
  await client.untilLogged(backward.forwardedDatagrams);

  const sent = new Set(Array.from({ length: 400 }, (_, number) => number));
  const there = factsOf(server.log, sent);
  assert.deepEqual(there, {
    got: forward.forwardedDatagrams,
    missing: forward.impaired.lost,
    twice: forward.impaired.duplicated,
    flipped: forward.impaired.corrupted,
  });
  assert.equal(400 - there.missing + there.twice, server.log.length);
  // The server answers each that it got, duplicates too.
  assert.equal(client.log.length, backward.forwardedDatagrams);
  const { lost, duplicated } = backward.impaired;
  assert.equal(client.log.length, server.sent - lost + duplicated);
  // √(n p q): 10 % of 400 are 40 ± 5 × 6, 30 % of some 396 are 119 ± 5 × 9.2.
  assert.ok(Math.abs(forward.impaired.lost - 40) <= 30, String(forward.impaired.lost));
  assert.ok(Math.abs(lost - 119) <= 46, String(lost));
  assert.notDeepEqual(
    numbersOf(server.log),
    numbersOf(server.log).toSorted((a, b) => a - b),
  );
});

test('the same seed gives the same fates in each run, and other ones in each direction', async (t) => {
  const run = async (plan: ImpairmentPlan): Promise<{ there: number[]; back: number[] }> => {
    const { client, server, relay } = await startChain(t, { plan });
    await sendNumbered(client, relay, 200);
    const forward = await untilSettled(relay, 'forward', 200);
    await server.untilLogged(forward.forwardedDatagrams);
    const backward = await untilSettled(relay, 'backward', server.sent);
    await client.untilLogged(backward.forwardedDatagrams);
    return { there: [...numbersOf(server.log)], back: [...numbersOf(client.log)] };
  };
  const first = await run({ lossRatio: 0.3, seed: 42 });
  assert.deepEqual(await run({ lossRatio: 0.3, seed: 42 }), first);
  assert.notDeepEqual(await run({ lossRatio: 0.3, seed: 43 }), first);
  // By their places in the order in which each direction got them.
  const backPlaces = first.back.map((number) => first.there.indexOf(number));
  assert.notDeepEqual(backPlaces, first.there.slice(0, backPlaces.length));
});

test('clients are kept apart: each has a port of its own to the server, and its own replies', async (t) => {
  const { server, relay } = await startChain(t);
  const clients = await Promise.all(Array.from({ length: 5 }, () => LoggingPeer.open(t)));
  for (let round = 0; round < 10; round++) {
    for (const [at, client] of clients.entries()) {
      await client.send(numbered(at * 100 + round), relay.port);
    }
  }
  for (const [at, client] of clients.entries()) {
    await client.untilLogged(10);
    assert.deepEqual(
      numbersOf(client.log),
      Array.from({ length: 10 }, (_, round) => at * 100 + round),
    );
  }
  assert.equal(new Set(server.log.map(({ port }) => port)).size, 5);
  assert.equal(relay.counters.sources.open, 5);
});

test('replies come from the server alone: what others send to the socket of a client is not passed on', async (t) => {
  const { client, server, relay } = await startChain(t);
  await client.send(numbered(0), relay.port);
  await client.untilLogged(1);
  const stranger = await LoggingPeer.open(t);
  await stranger.send(numbered(1), server.log[0]!.port);
  await client.send(numbered(2), relay.port);
  await client.untilLogged(2);
  assert.deepEqual(numbersOf(client.log), [0, 2]);
  assert.equal(relay.counters.backward.receivedDatagrams, 2);
});

test('where all places are taken by active clients of one address, another of it is refused', async (t) => {
  const { server, relay } = await startChain(t, { maxSources: 3 });
  const clients = await Promise.all(Array.from({ length: 5 }, () => LoggingPeer.open(t)));
  const warned = once(relay, 'warning');
  for (const client of clients) await client.send(numbered(0), relay.port);
  assert.match(String(await warned), /^all 3 places for clients are taken by active ones/);
  await until(() => relay.counters.forward.refused['no-room'] === 2, 'two to be refused');
  await server.untilLogged(3);
  // Those that are served are served on.
  for (const client of clients.slice(0, 3)) {
    await client.send(numbered(1), relay.port);
    await client.untilLogged(2);
  }
  assert.deepEqual(relay.counters.sources, { open: 3, opened: 3, expired: 0, displaced: 0 });
});

test('a client that sends nothing for the idle timeout makes room', async (t) => {
  // Longer than a reply takes on a busy machine.
  const { client, relay } = await startChain(t, { maxSources: 1, idleTimeoutMs: 500 });
  await client.send(numbered(0), relay.port);
  await client.untilLogged(1);
  await until(() => relay.counters.sources.expired === 1, 'the client to be forgotten');
  const other = await LoggingPeer.open(t);
  await other.send(numbered(1), relay.port);
  await other.untilLogged(1);
  assert.equal(relay.counters.sources.opened, 2);
});

test('until a client has answered a reply, at most three times its bytes return to it', async (t) => {
  const { client, relay } = await startChain(t, {}, 10);
  const warned = once(relay, 'warning');
  await client.send(numbered(0), relay.port);
  const backward = await untilSettled(relay, 'backward', 10);
  assert.equal(backward.forwardedBytes, 3 * 64);
  assert.equal(backward.refused.amplification, 7);
  assert.match(
    String(await warned),
    /beyond three times the bytes that it sent are refused \(amplification\) until it has answered a reply:/,
  );
  await client.untilLogged(3);
  // Now it has.
  await client.send(numbered(1), relay.port);
  await client.untilLogged(13);
  await untilSettled(relay, 'backward', 20);
  assert.equal(client.log.length, 13);
  assert.equal(relay.counters.backward.refused.amplification, 7);
});

test('the limit holds for duplicates too, and for what is sent at once without waiting for a reply', async (t) => {
  const { client, relay } = await startChain(t, { backward: { duplicateRatio: 1 } }, 10);
  client.socket.send(numbered(0), relay.port);
  client.socket.send(numbered(1), relay.port);
  await until(() => relay.counters.backward.receivedDatagrams === 20, 'all answers');
  const backward = await untilSettled(relay, 'backward', 20);
  // Either the second datagram came before the first reply had left, or after it, and then answers it.
  assert.ok(backward.forwardedBytes <= 6 * 64 || backward.forwardedBytes >= 20 * 64);
  assert.equal(backward.impaired.duplicated, 20);
});

test('in a blackout nothing passes, until the plans are changed', async (t) => {
  const { client, server, relay } = await startChain(t, { plan: { blackoutMs: 60_000 } });
  await sendNumbered(client, relay, 20);
  const dark = await untilSettled(relay, 'forward', 20);
  assert.equal(dark.impaired.blackout, 20);
  assert.equal(server.log.length, 0);
  relay.change({ plan: {} });
  await sendNumbered(client, relay, 20);
  await client.untilLogged(20);
  assert.equal(server.log.length, 20);
  assert.equal(relay.counters.forward.impaired.blackout, 20);
});

test('one direction can be changed while the other keeps its plan', async (t) => {
  const { client, server, relay } = await startChain(t, { plan: { lossRatio: 1 } });
  await sendNumbered(client, relay, 10);
  await untilSettled(relay, 'forward', 10);
  const changed = once(relay, 'change');
  relay.change({ forward: {} });
  const plans = { forward: {}, backward: { lossRatio: 1 } };
  assert.deepEqual(await changed, [plans]);
  assert.deepEqual(relay.plans, plans);
  await sendNumbered(client, relay, 10);
  await server.untilLogged(10);
  const backward = await untilSettled(relay, 'backward', 10);
  assert.equal(backward.impaired.lost, 10);
  assert.equal(client.log.length, 0);
});

test('a wrong change is an error that names the part, and changes nothing', async (t) => {
  const { client, relay } = await startChain(t);
  assert.throws(
    () => {
      relay.change({ forward: { lossRatio: 1 }, backward: { lossRatio: 2 } });
    },
    { name: 'OptionError', message: /^backward\.lossRatio must be a number from 0 to 1/ },
  );
  assert.deepEqual(relay.plans, { forward: {}, backward: {} });
  await sendNumbered(client, relay, 10);
  await client.untilLogged(10);
});

test('what is held back leaves when it was to, also after a change of the plan', async (t) => {
  const { client, server, relay } = await startChain(t, { forward: { delayMs: 30 } });
  await sendNumbered(client, relay, 5);
  await until(() => relay.counters.forward.heldDatagrams === 5, 'five to be held');
  relay.change({ plan: { lossRatio: 1 } });
  await server.untilLogged(5);
});

for (const [front, back] of [
  ['127.0.0.1', '::1'],
  ['::1', '127.0.0.1'],
  ['::1', '::1'],
] as const) {
  test(`a client of ${front} reaches a server at ${back}`, { skip: needsIPv6() }, async (t) => {
    const server = await LoggingPeer.open(t, 1, back);
    const client = await LoggingPeer.open(t, 0, front);
    const to = { host: back, port: server.port };
    const relay = await startRelay(t, { to, host: front });
    assert.equal(relay.address, front);
    await client.send(numbered(1), relay.port, front);
    await client.untilLogged(1);
    assert.deepEqual(relay.target, { address: back, port: server.port });
  });
}

test('datagrams of no and of most bytes are passed on', async (t) => {
  const { client, server, relay } = await startChain(t);
  const payloads = [Buffer.alloc(0), Buffer.alloc(65_507, 'x')];
  for (const payload of payloads) await client.send(payload, relay.port);
  await client.untilLogged(2);
  assert.deepEqual(
    server.log.map(({ payload }) => payload),
    payloads,
  );
});

test('a closed port of the server is counted, and told once', async (t) => {
  const port = await closedPort(t);
  const client = await LoggingPeer.open(t);
  const relay = await startRelay(t, { to: toPort(port) });
  const warnings: string[] = [];
  relay.on('warning', (message) => warnings.push(message));
  const count = (): number => relay.counters.icmpErrors['ECONNREFUSED'] ?? 0;
  for (let round = 1; round <= 3; round++) {
    await client.send(numbered(round), relay.port);
    await until(() => count() === round, `ICMP error ${round}`);
  }
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0]!,
    new RegExp(`^nothing listens at 127\\.0\\.0\\.1:${port}, or a firewall`),
  );
  // All three left, the errors came of them.
  assert.equal((await untilSettled(relay, 'forward', 3)).forwardedDatagrams, 3);
});

test('a server that comes up later is reached through the same relay', async (t) => {
  const away = await UdpPeer.open(t);
  const { port } = away;
  await away.close();
  const client = await UdpPeer.open(t);
  const relay = await startRelay(t, { to: toPort(port) });
  await client.send('too early', relay.port);
  await until(() => relay.counters.icmpErrors['ECONNREFUSED'] === 1, 'an ICMP error');
  const server = await UdpPeer.open(t, '127.0.0.1', port);
  await client.send('in time', relay.port);
  assert.equal(String((await server.next()).payload), 'in time');
});

test('a relay that would forward to itself is an error', async (t) => {
  const { port } = await UdpPeer.open(t);
  const own = { name: 'OptionError', code: 'ECHOGRAM_ERR_OPTION_VALUE' };
  for (const to of [toPort(port), `localhost:${port}`, `0.0.0.0:${port}`]) {
    await assert.rejects(impair({ to, port }), {
      ...own,
      message: `to must be another address or port than the relay's own, got \`${to}\`; let the relay listen on another port`,
    });
  }
});

test('without a target, with a wrong one, or beyond loopback without networks there is no relay', async () => {
  const cases: readonly [options: object, message: RegExp][] = [
    [
      {},
      /^to must be given: the host and the port of the server to forward to; write 192\.0\.2\.7/,
    ],
    [
      { to: '127.0.0.1' },
      /^to must be a host and a port from 1 to 65535, as HOST:PORT, got `127\.0/,
    ],
    [{ to: '127.0.0.1:0' }, /^to must be a host and a port/],
    [{ to: { host: '::1' } }, /^to must be a host and a port/],
    [{ to: 7000 }, /^to must be a host and a port/],
    [{ to: ':::::7' }, /^to must be a host and a port/],
    [
      { to: 'a:1', plan: { loss: 1 } },
      /^plan\.loss is not an option; did you mean plan\.lossRatio/,
    ],
    [{ to: 'a:1', forward: 'loss=1%' }, /^forward must be an impairment plan/],
    [
      { to: '127.0.0.1:1', host: '0.0.0.0' },
      /^allow must be given if the relay listens beyond loopback; name the networks of its clients/,
    ],
  ];
  for (const [options, message] of cases) {
    await assert.rejects(impair(options as ImpairOptions), { name: 'OptionError', message });
  }
});

test('who is in none of the allowed networks is refused', async (t) => {
  const { client, server, relay } = await startChain(t, { allow: ['192.0.2.0/24'] });
  await sendNumbered(client, relay, 3);
  const { refused } = await untilSettled(relay, 'forward', 3);
  assert.equal(refused['denied-source'], 3);
  assert.equal(server.log.length, 0);
  assert.equal(relay.counters.sources.opened, 0);
});

test('an abort closes the relay; one that was aborted before does not start', async (t) => {
  const { port } = await UdpPeer.open(t);
  const abort = new AbortController();
  const relay = await startRelay(t, { to: toPort(port), signal: abort.signal });
  const closed = once(relay, 'close');
  abort.abort();
  await closed;
  await relay.closed;
  await assert.rejects(impair({ to: toPort(port), signal: abort.signal }), { name: 'AbortError' });
});

test('a close under load ends at once, and each datagram is in one count', async (t) => {
  const { client, server, relay } = await startChain(t, {
    plan: { delayMs: 20, jitterMs: 20, duplicateRatio: 0.2, lossRatio: 0.2 },
  });
  for (let number = 0; number < 500; number++) client.socket.send(numbered(number), relay.port);
  await until(() => server.log.length > 50, 'some to arrive');
  const closed = once(relay, 'close');
  await relay.close();
  await closed;
  const { forward, backward } = relay.counters;
  for (const { receivedDatagrams, forwardedDatagrams, impaired, sendFailed } of [
    forward,
    backward,
  ]) {
    const { lost, overflowed, duplicated } = impaired;
    const failed = Object.values(sendFailed).reduce((sum, count) => sum + count, 0);
    assert.equal(receivedDatagrams + duplicated, forwardedDatagrams + lost + overflowed + failed);
  }
  assert.ok(forward.impaired.overflowed > 0);
  await server.untilLogged(forward.forwardedDatagrams);
  assert.equal(server.log.length, forward.forwardedDatagrams);
  await relay.close();
});

test('a relay is disposed of by await using', async (t) => {
  const { port } = await UdpPeer.open(t);
  let closed: Promise<void>;
  {
    await using relay = await impair({ to: toPort(port) });
    ({ closed } = relay);
  }
  await closed;
});
