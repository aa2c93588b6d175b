// The lesson's client: sends one message and waits for its echo.

import { send } from 'echogram';

const message = 'This is the message.  It will be repeated.';

try {
  console.log(`sending "${message}"`);
  const reply = send(message, { host: 'localhost', port: Number(process.env['PORT'] ?? 10_000) });
  console.log('waiting to receive');
  const { payload } = await reply;
  console.log(`received "${new TextDecoder().decode(payload)}"`);
} finally {
  console.log('closing socket');
}
