// SPDX-License-Identifier: MIT
// UDP echo as Bun's own documentation writes it; run with bun.

const socket = await Bun.udpSocket({
  hostname: '127.0.0.1',
  port: Number(process.argv[2] ?? 0),
  socket: {
    data(own, message, port, address) {
      own.send(message, port, address);
    },
  },
});
console.log(`listening on 127.0.0.1 port ${socket.port}`);
