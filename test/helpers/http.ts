// A listener for HTTP, and sockets that speak to it octet by octet.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { HttpListener } from '../../src/http/listener.ts';
import type { Router } from '../../src/http/router.ts';
import { deadline } from './deadline.ts';

/** The header of a request by a name that the listener knows. */
export const HOST = 'Host: 127.0.0.1\r\n';

interface Served {
  readonly listener: HttpListener;
  readonly faults: unknown[];
}

/** A listener on a free port, with the faults that it tells of. */
export async function listenFor(
  t: TestContext,
  router: Router,
  names: readonly string[] = [],
): Promise<Served> {
  const faults: unknown[] = [];
  const onFault = (error: unknown): void => void faults.push(error);
  const options = { host: '127.0.0.1', port: 0, names, nameRemedy: 'do this', onFault };
  const listener = await HttpListener.open(options);
  t.after(() => listener[Symbol.asyncDispose]());
  listener.serve(router);
  return { listener, faults };
}

export async function openTo(
  t: TestContext,
  { port }: { readonly port: number },
  from = '127.0.0.1',
): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from, allowHalfOpen: true });
  t.after(() => socket.destroy());
  socket.on('error', () => undefined);
  await deadline(once(socket, 'connect'), () => 'a connection');
  return socket;
}

/** Sends that, and takes what comes until the other end has no more to say. */
export async function answerTo(socket: Socket, sent: string): Promise<string> {
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
  });
  // What it leaves unread, it may reset.
  const ended = Promise.race([once(socket, 'end'), once(socket, 'close')]).catch(() => undefined);
  socket.write(sent);
  await deadline(ended, () => `the end of an answer that began with ${answer.slice(0, 80)}`);
  return answer;
}
