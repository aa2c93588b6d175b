// What plain JavaScript may pass to the library: no options, other things than objects, and objects that change later.

import assert from 'node:assert/strict';
import test from 'node:test';
import { impair, load, mtu, OptionError, ping, send, serve, watch } from '../../src/index.ts';
import { PlainEcho } from '../helpers/impairment-proxy.ts';

/** Each call with options that its type rules out. */
const CALLS = { impair, load, mtu, ping, serve, watch } as unknown as Readonly<
  Record<string, (options: unknown) => Promise<unknown>>
>;

async function refusalOf(asked: Promise<unknown>): Promise<string> {
  const error = await asked.then(
    () => assert.fail('it was accepted'),
    (refusal: unknown) => refusal,
  );
  assert.ok(OptionError.is(error), `not an OptionError: ${String(error)}`);
  return error.message;
}

for (const [name, call] of Object.entries(CALLS)) {
  test(`${name} refuses options that are no object`, async () => {
    for (const options of [null, 5, true, [], () => ({}), Symbol('options')]) {
      // An async function, so that a call that throws at once counts too.
      const message = await refusalOf((async () => await call(options))());
      assert.match(message, /^options must be an object, got /);
    }
  });
}

test('send refuses options that are no object', async () => {
  assert.match(await refusalOf(send('hello', null as never)), /^options must be an object, got /);
});

for (const call of [load, mtu, ping] as unknown as readonly ((
  options?: object,
) => Promise<unknown>)[]) {
  test(`${call.name} says that the host is missing`, async () => {
    const message = await refusalOf((async () => await call({}))());
    assert.match(message, /^host must be a host name or address .*, got undefined$/);
  });
}

test('serve refuses STAMP options that are no object', async () => {
  for (const stamp of [null, []]) {
    const message = await refusalOf(serve({ port: 0, stamp: stamp as never }));
    assert.match(message, /^stamp must be true, false, or an object of options, got /);
  }
});

test('a relay refuses a change that is no object, and stays as it is', async () => {
  await using echo = await PlainEcho.open();
  await using relay = await impair({ to: { host: '127.0.0.1', port: echo.port } });
  for (const change of [null, undefined, 5, []]) {
    assert.throws(() => {
      relay.change(change as never);
    }, OptionError);
  }
  const { matches } = await send('hello', { host: '127.0.0.1', port: relay.port });
  assert.ok(matches);
});

test('what is done to a plan and a target after the call does not change the relay', async () => {
  await using echo = await PlainEcho.open();
  const to = { host: '127.0.0.1', port: echo.port };
  const plan = { lossRatio: 0 };
  const starting = impair({ to, plan });
  to.port = 1;
  plan.lossRatio = 1;
  await using relay = await starting;
  const { matches } = await send('hello', { host: '127.0.0.1', port: relay.port });
  assert.ok(matches);
});

test('what is done to a list after the call does not change the server', async () => {
  const allow = ['127.0.0.0/8'];
  const starting = serve({ host: '127.0.0.1', port: 0, engine: 'portable', allow });
  allow[0] = '198.51.100.0/24';
  await using server = await starting;
  const { matches } = await send('hello', { host: '127.0.0.1', port: server.port });
  assert.ok(matches);
});

test('a result shows the options of the call, not what became of the object', async () => {
  await using echo = await PlainEcho.open();
  const options = { host: '127.0.0.1', port: echo.port, count: 1, engine: 'portable' as const };
  const run = ping(options);
  Object.assign(options, { host: 'other.example', count: 9 });
  const { supplied, config } = await run;
  assert.deepEqual([supplied.host, supplied['count'], config.count], ['127.0.0.1', 1, 1]);
});

test('what is done to a configuration after the call does not change the watch', async () => {
  await using echo = await PlainEcho.open();
  const targets = [`127.0.0.1:${echo.port}`];
  const starting = watch({ targets, engine: 'portable' });
  targets[0] = 'no target at all:0';
  await using watched = await starting;
  assert.deepEqual(
    watched.targets.map(({ port }) => port),
    [echo.port],
  );
});
