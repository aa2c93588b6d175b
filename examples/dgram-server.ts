// The lesson's server on node:dgram: answers every datagram with itself, and says so.

import { createSocket } from 'node:dgram';

const socket = createSocket('udp4');

socket.on('listening', () => {
  console.log(`starting up on localhost port ${socket.address().port}`);
  console.log('\nwaiting to receive message');
});

socket.on('message', (payload, { address, port }) => {
  const peer = `('${address}', ${port})`;
  console.log(`received ${payload.length} bytes from ${peer}`);
  console.log(payload.toString());
  socket.send(payload, port, address, (error, sentBytes) => {
    console.log(error ? `no reply: ${error.message}` : `sent ${sentBytes} bytes back to ${peer}`);
    console.log('\nwaiting to receive message');
  });
});

socket.bind(Number(process.env['PORT'] ?? 10_000), '127.0.0.1');

process.once('SIGINT', () => socket.close());
