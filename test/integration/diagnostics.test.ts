// What observability tools are told of servers and runs.

import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import test from 'node:test';
import {
  ping,
  serve,
  type RunEndedMessage,
  type RunStartedMessage,
  type ServerClosedMessage,
  type ServerStartedMessage,
} from '../../src/index.ts';
import { ENGINES } from '../helpers/engines.ts';
import { repositoryText } from '../helpers/repository.ts';

const CHANNELS = ['server:started', 'server:closed', 'run:started', 'run:ended'].map(
  (name) => `echogram:${name}`,
);

/** Hears all channels until the test ends, each message with the name of its channel. */
function heardIn(t: test.TestContext): (readonly [string, unknown])[] {
  const heard: (readonly [string, unknown])[] = [];
  for (const name of CHANNELS) {
    const hear = (message: unknown): void => void heard.push([name, message]);
    subscribe(name, hear);
    t.after(() => unsubscribe(name, hear));
  }
  return heard;
}

for (const { engine, skip } of ENGINES) {
  test(`the lives of a server and a run are told (${engine})`, { skip }, async (t) => {
    const heard = heardIn(t);
    const server = await serve({ host: '127.0.0.1', port: 0, engine });
    const run = ping({ host: '127.0.0.1', port: server.port, engine, count: 1, timeoutMs: 20_000 });
    const result = await run;
    await server.close();

    assert.deepEqual(
      heard.map(([name]) => name),
      [CHANNELS[0], CHANNELS[2], CHANNELS[3], CHANNELS[1]],
    );
    const [started, runStarted, runEnded, closed] = heard.map(([, message]) => message) as [
      ServerStartedMessage,
      RunStartedMessage,
      RunEndedMessage & { result: unknown },
      ServerClosedMessage,
    ];
    assert.equal(started.server, server);
    assert.deepEqual([runStarted.run === run, runStarted.target.port], [true, server.port]);
    assert.equal(runStarted.start.target.address, '127.0.0.1');
    assert.deepEqual([runEnded.run === run, runEnded.result === result], [true, true]);
    assert.equal(closed.server, server);
    assert.deepEqual([closed.counters.sentDatagrams, 'error' in closed], [1, false]);
  });
}

test('a run that fails before its start tells its end alone, with the error', async (t) => {
  const heard = heardIn(t);
  const error: unknown = await ping({ host: '127.0.0.1', count: 0 }).catch(
    (reason: unknown) => reason,
  );
  const [[name, message] = [], ...more] = heard;
  assert.deepEqual([name, more], ['echogram:run:ended', []]);
  assert.equal((message as { error: unknown }).error, error);
});

test('docs/diagnostics.md has each channel', () => {
  const page = repositoryText('docs/diagnostics.md');
  assert.deepEqual(page.match(/(?<=^\| `)echogram:[\w:]+/gm), CHANNELS);
});
