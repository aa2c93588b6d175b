// Servers of HTTP that answer as a test says.

import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** Answers at a port of this address, which it resolves with. */
export async function answerAt(
  t: TestContext,
  answer: RequestListener,
  address = '127.0.0.1',
): Promise<number> {
  const server = createServer(answer).listen(0, address);
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
