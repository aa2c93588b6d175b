// SPDX-License-Identifier: MIT
// echogram demo: server and client in one terminal, both transcripts, on a port that is free.

import { styleText } from 'node:util';
import { EchogramError } from '../../errors.ts';
import { serve } from '../../server/echo-server.ts';
import { EXIT_NO_REPLY, EXIT_OK, type Io } from '../io.ts';
import { converse } from './send.ts';
import { classicNarrator, narrate } from './serve.ts';

const HOST = 'localhost';

const TIMEOUT_MS = 5000;

export async function runDemo(message: string, io: Io): Promise<number> {
  const print = (who: 'server' | 'client', lines: readonly string[]): void => {
    io.stdout.data(...lines.map((line) => `${label(who, io)} ${line}`.trimEnd()));
  };
  // One event loop for both sides, so that the lines come in the order of what happens.
  await using server = await serve({ host: HOST, port: 0, engine: 'portable', signal: io.stop });
  narrate(
    server,
    HOST,
    classicNarrator((...lines) => {
      print('server', lines);
    }),
  );
  try {
    const reply = await converse(
      Buffer.from(message),
      { host: HOST, port: server.port, timeoutMs: TIMEOUT_MS, signal: io.stop },
      (line) => {
        print('client', [line]);
      },
    );
    return reply.matches ? EXIT_OK : EXIT_NO_REPLY;
  } catch (error) {
    if (io.stop.aborted || !EchogramError.is(error)) throw error;
    io.stderr.data(`echogram: ${error.message}`);
    return EXIT_NO_REPLY;
  }
}

function label(who: 'server' | 'client', io: Io): string {
  // Respects NO_COLOR, and that the stream may be no terminal.
  return styleText(who === 'server' ? 'cyan' : 'magenta', `${who} |`, { stream: io.stdout.stream });
}
