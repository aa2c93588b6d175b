import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TypedEventTarget } from '../../../src/server/typed-event-target.ts';

class Bell extends TypedEventTarget<{ readonly ring: { readonly times: number } }> {
  ring(times: number): void {
    this.emit('ring', { times });
  }
}

test('a listener gets the detail, as a function or an object', () => {
  const heard: number[] = [];
  const bell = new Bell();
  bell.addEventListener('ring', ({ detail }) => heard.push(detail.times));
  bell.addEventListener('ring', { handleEvent: ({ detail }) => heard.push(-detail.times) });
  bell.ring(3);
  assert.deepEqual(heard, [3, -3]);
});

test('a listener that was removed, or wanted one event, gets no more', () => {
  const heard: string[] = [];
  const bell = new Bell();
  const listener = (): void => {
    heard.push('always');
  };
  bell.addEventListener('ring', listener);
  bell.addEventListener('ring', () => heard.push('once'), { once: true });
  bell.ring(1);
  bell.ring(2);
  bell.removeEventListener('ring', listener);
  bell.ring(3);
  assert.deepEqual(heard, ['always', 'once', 'always']);
});
