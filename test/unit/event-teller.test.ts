import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { EventTeller } from '../../src/event-teller.ts';

interface Events {
  warning: [message: string];
  error: [error: Error];
  close: [count: number, what: string];
}

function made(warnings?: readonly string[]): [EventEmitter<Events>, EventTeller<Events>] {
  const emitter = new EventEmitter<Events>();
  return [emitter, new EventTeller(emitter, warnings)];
}

test('an event reaches its listeners with all it has', () => {
  const [emitter, teller] = made();
  const heard: unknown[] = [];
  emitter.on('close', (...args) => heard.push(args));
  teller.tell('close', 3, 'sockets');
  assert.deepEqual(heard, [[3, 'sockets']]);
});

test('warnings wait for the first listener, and later ones come at once', async () => {
  const [emitter, teller] = made(['of the start']);
  teller.warn('before');
  const heard: string[] = [];
  emitter.on('warning', (message) => heard.push(message));
  await Promise.resolve();
  teller.warn('after');
  assert.deepEqual(heard, ['of the start', 'before', 'after']);
});

test('a failure without a listener is not emitted, as it would throw', () => {
  const [emitter, teller] = made();
  teller.tell('error', new Error('unheard'));
  const heard: Error[] = [];
  emitter.on('error', (error) => heard.push(error));
  const error = new Error('heard');
  teller.tell('error', error);
  assert.deepEqual(heard, [error]);
});
