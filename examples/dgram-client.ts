// The lesson's client on node:dgram: sends one message and waits for its echo.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const message = 'This is the message.  It will be repeated.';
const socket = createSocket('udp4');

try {
  console.log(`sending "${message}"`);
  socket.send(message, Number(process.env['PORT'] ?? 10_000), '127.0.0.1');
  console.log('waiting to receive');
  const signal = AbortSignal.timeout(1000);
  const [payload] = (await once(socket, 'message', { signal })) as [Buffer];
  console.log(`received "${payload.toString()}"`);
} finally {
  console.log('closing socket');
  socket.close();
}
