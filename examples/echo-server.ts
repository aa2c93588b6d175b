// The lesson's server: answers every datagram with itself, and says so.

import { serve } from 'echogram';

const server = await serve({ host: 'localhost', port: Number(process.env['PORT'] ?? 10_000) });
console.log(`starting up on localhost port ${server.port}`);
console.log('\nwaiting to receive message');

server.on('datagram', (sample) => {
  const { payload, payloadBytes, sentBytes, refused, notSent } = sample;
  const peer = `('${sample.peer.address}', ${sample.peer.port})`;
  console.log(`received ${payloadBytes} bytes from ${peer}`);
  console.log(new TextDecoder().decode(payload));
  const reason = refused ?? notSent;
  console.log(reason === null ? `sent ${sentBytes} bytes back to ${peer}` : `no reply: ${reason}`);
  console.log('\nwaiting to receive message');
});

process.once('SIGINT', () => void server.close());
