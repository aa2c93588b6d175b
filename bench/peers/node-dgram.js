// SPDX-License-Identifier: MIT
// UDP echo as anyone writes it with node:dgram.

import { createSocket } from 'node:dgram';

// The same buffer as the other servers ask for.
const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
socket.on('message', (message, { port, address }) => {
  socket.send(message, port, address);
});
socket.bind(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1 port ${socket.address().port}`);
});
