// The package as a CommonJS program meets it, with a compiler that lets it `require` an ES module: TypeScript from
// 5.8 on, with module nodenext. public-api.test.ts compiles this against dist/, and
// scripts/try-declarations.js against the packed package.

import echogram = require('echogram');

const server: Promise<echogram.EchoServer> = echogram.serve({ port: 0 });
const options: echogram.SendOptions = { timeoutMs: 500 };
void server.then(({ port }) => echogram.send('x', { ...options, port }));
// @ts-expect-error a port is a number
void echogram.serve({ port: '10000' });
