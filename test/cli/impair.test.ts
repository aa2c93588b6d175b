// echogram impair as a program: its lines, the plans it takes on standard input, and its end.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { until } from '../helpers/deadline.ts';
import { runEchogram, startEchogram, type Program } from '../helpers/programs.ts';
import { LoggingPeer, numbered } from '../helpers/relayed.ts';

interface Chain {
  readonly client: LoggingPeer;
  readonly server: LoggingPeer;
  readonly relay: Program;
  readonly port: number;
}

/** A client, a server, and the program between them. */
async function startChain(t: TestContext, ...flags: readonly string[]): Promise<Chain> {
  const server = await LoggingPeer.open(t, 1);
  const client = await LoggingPeer.open(t);
  const relay = startEchogram(t, ['impair', '--to', `127.0.0.1:${server.port}`, ...flags]);
  const [, port] = await relay
    .untilStdout(/listening on localhost port (\d+)|"port":(\d+)/)
    .then((match) => match.filter(Boolean));
  return { client, server, relay, port: Number(port) };
}

async function sendNumbered({ client, port }: Chain, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent++) await client.send(numbered(client.sent), port);
}

test('it says where it listens and to whom it forwards, and at its end what it did', async (t) => {
  const chain = await startChain(t);
  const { client, server, relay, port } = chain;
  await relay.untilStderr(/^echogram: forward off\nechogram: backward off\n/);
  await sendNumbered(chain, 12);
  await client.untilLogged(12);
  relay.child.kill('SIGINT');
  const { exitCode, stdout, stderr } = await relay.ended();
  assert.equal(exitCode, 0);
  assert.equal(
    stdout,
    `listening on localhost port ${port}, forwarding to 127.0.0.1:${server.port}\n`,
  );
  assert.equal(
    stderr,
    [
      'echogram: forward off',
      'echogram: backward off',
      'echogram: forward: received 12 datagrams (768 bytes): 12 forwarded, 0 refused, 0 not sent',
      'echogram: backward: received 12 datagrams (768 bytes): 12 forwarded, 0 refused, 0 not sent',
      'echogram: clients: 1 in all, 0 expired, 0 displaced',
      '',
    ].join('\n'),
  );
});

test('lines on standard input change the plans, and a wrong one changes nothing', async (t) => {
  const chain = await startChain(t, '--plan', 'delay=1ms,seed=7');
  const { client, server, relay } = chain;
  const say = (line: string): void => void relay.child.stdin?.write(line);
  await relay.untilStderr(/forward delay=1ms,seed=7\nechogram: backward delay=1ms,seed=7\n/);

  say('forward loss=100%\n');
  await relay.untilStderr(/forward loss=100%\nechogram: backward delay=1ms,seed=7\n/);
  await sendNumbered(chain, 5);

  say('\n  backward   blackout=60s\r\nforw');
  await relay.untilStderr(/forward loss=100%\nechogram: backward blackout=60s\n/);
  say('ard off\n');
  await relay.untilStderr(/forward off\nechogram: backward blackout=60s\n/);
  await sendNumbered(chain, 5);
  await server.untilLogged(5);

  say('backward loss=200%\nsideways loss=1%\n');
  await relay.untilStderr(/unchanged: backward loss must be a percentage from 0% to 100%, got/);
  await relay.untilStderr(
    /unchanged: a line on standard input must be 'off', or forward, backward or plan with a plan or 'off' after it, got `sideways loss=1%`; write 'forward loss=10%'\n/,
  );
  // The last line needs no end.
  relay.child.stdin?.end('off');
  await relay.untilStderr(/forward off\nechogram: backward off\n/);
  await sendNumbered(chain, 5);
  await client.untilLogged(5);
  // The end of the input is not the end of the relay.
  relay.child.kill('SIGTERM');
  const { exitCode, stderr } = await relay.ended();
  assert.equal(exitCode, 0);
  assert.match(
    stderr,
    /forward: received 15 datagrams \(960 bytes\): 10 forwarded, 0 refused, 0 not sent, impaired on request \(lost 5\)\nechogram: backward: received 10 datagrams \(640 bytes\): 5 forwarded, 0 refused, 0 not sent, impaired on request \(blackout 5\)\n/,
  );
});

test('--json prints its start, each change, the counts and its end as lines of JSON', async (t) => {
  const chain = await startChain(t, '--json', '--forward', 'loss=100%');
  const { relay, server } = chain;
  await sendNumbered(chain, 3);
  await relay.untilStdout(/"event":"counters".*"lost":3/);
  relay.child.stdin?.write('off\n');
  await relay.untilStdout(/"event":"changed"/);
  await sendNumbered(chain, 2);
  await server.untilLogged(2);
  relay.child.kill('SIGINT');
  const { stdout } = await relay.ended();
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const [first, last] = [events[0]!, events.at(-1)!];
  assert.equal(first['event'], 'listening');
  assert.deepEqual(first['target'], { address: '127.0.0.1', port: server.port });
  assert.deepEqual(first['plans'], { forward: { lossRatio: 1 }, backward: {} });
  const changed = events.find(({ event }) => event === 'changed')!;
  assert.deepEqual(changed['plans'], { forward: {}, backward: {} });
  assert.equal(last['event'], 'closed');
  const { forward } = last as {
    forward: { receivedDatagrams: number; forwardedDatagrams: number };
  };
  assert.deepEqual([forward.receivedDatagrams, forward.forwardedDatagrams], [5, 2]);
});

test('wrong usage names the flag', async (t) => {
  const cases: readonly [args: readonly string[], message: RegExp][] = [
    [
      [],
      /^echogram: --to must be given: the host and the port of the server to forward to; write /,
    ],
    [['--to', '192.0.2.7'], /--to must be a host and a port from 1 to 65535, as HOST:PORT, got/],
    [
      ['--to', '127.0.0.1:7000', '--port', '7000'],
      /^echogram: --to must be another address or port than the relay's own, got `127\.0\.0\.1:7000`; let /,
    ],
    [
      ['--to', '127.0.0.1:7000', '--host', '0.0.0.0'],
      /^echogram: --allow must be given if the relay listens beyond loopback; name the networks/,
    ],
    [['--to', '127.0.0.1:1', '--plan', 'los=1%'], /--plan must be parts named loss, delay/],
  ];
  await Promise.all(
    cases.map(async ([args, message]) => {
      const { exitCode, stderr, stdout } = await runEchogram(t, ['impair', ...args]);
      assert.deepEqual([exitCode, stdout], [2, '']);
      assert.match(stderr, message);
    }),
  );
});

test('a stop under load ends it, with the counts; SIGQUIT tells them before', async (t) => {
  const chain = await startChain(t, '--plan', 'delay=50ms±50ms,loss=10%');
  const { client, server, relay, port } = chain;
  const flood = setInterval(() => {
    for (let burst = 0; burst < 20; burst++) client.socket.send(numbered(burst), port);
  }, 5);
  t.after(() => {
    clearInterval(flood);
  });
  await until(() => server.log.length > 50, 'some to arrive');
  relay.child.kill('SIGQUIT');
  await relay.untilStderr(/so far forward: received .* held back now\n/);
  relay.child.kill('SIGTERM');
  const { exitCode, stderr } = await relay.ended();
  clearInterval(flood);
  assert.equal(exitCode, 0);
  assert.match(stderr, /\nechogram: forward: received .*overflowed \d+\)\n/);
});
