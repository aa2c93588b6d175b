// SPDX-License-Identifier: MIT
// echogram demo: server and client in one terminal with both transcripts, then a short measurement with its picture, on
// a free port.

import { styleText } from 'node:util';
import { ping } from '../../client/ping.ts';
import type { SessionResult } from '../../client/session/session-result.ts';
import { EchogramError } from '../../errors.ts';
import { drawPicture } from '../../report/draw-picture.ts';
import { LivePicture } from '../../report/live-picture.ts';
import { pingHeading, pingSummary, recordLine } from '../../report/ping-text.ts';
import { serve } from '../../server/serve.ts';
import { EXIT_NO_REPLY, EXIT_OK, type Io } from '../io.ts';
import { converse } from './send.ts';
import { classicNarrator, narrate } from '../server-narrators.ts';

const HOST = 'localhost';

const TIMEOUT_MS = 5000;

const PROBES = 10;
const INTERVAL_MS = 50;
const PAYLOAD_BYTES = 64;

/** A column for each probe. */
const PICTURE = { columns: 70, lines: 5 };

type Who = 'server' | 'client' | 'ping';

type Print = (who: Who, lines: readonly string[]) => void;

export async function runDemo(message: string, io: Io): Promise<number> {
  const print: Print = (who, lines) => {
    io.stdout.data(...lines.map((line) => `${label(who, io)} ${line}`.trimEnd()));
  };
  // One event loop for both sides, so that the lines appear in the order of the events.
  await using server = await serve({ host: HOST, port: 0, engine: 'portable', signal: io.stop });
  let isTold = true;
  narrate(
    server,
    [{ host: HOST, port: server.port }],
    classicNarrator((...lines) => {
      if (isTold) print('server', lines);
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
    isTold = false;
    const { received } = await measure(server.port, print, io);
    return reply.matches && received > 0 ? EXIT_OK : EXIT_NO_REPLY;
  } catch (error) {
    if (io.stop.aborted || !EchogramError.is(error)) throw error;
    io.stderr.data(`echogram: ${error.message}`);
    return EXIT_NO_REPLY;
  }
}

/** Ten probes to the same server: one line for each, the picture, the summary. */
async function measure(port: number, print: Print, io: Io): Promise<SessionResult['datagrams']> {
  const intervalNs = INTERVAL_MS * 1e6;
  const picture = new LivePicture({ intervalNs, timeoutNs: TIMEOUT_MS * 1e6 }, intervalNs);
  const result = await ping({
    host: HOST,
    port,
    signal: io.stop,
    timeoutMs: TIMEOUT_MS,
    count: PROBES,
    intervalMs: INTERVAL_MS,
    payloadBytes: PAYLOAD_BYTES,
  })
    .on('start', ({ host, address }) => {
      print('ping', ['', pingHeading(host, address, port, PAYLOAD_BYTES)]);
    })
    .on('record', (record) => {
      picture.add(record);
      const line = recordLine(record);
      if (line !== undefined) print('ping', [line]);
    });
  const { hasColour, hasUtf8 } = io.terminal ?? { hasColour: false, hasUtf8: true };
  const lastNs = (result.schedule.intended - 1) * picture.columnNs;
  print('ping', ['', ...drawPicture(picture, lastNs, { ...PICTURE, hasColour, hasUtf8 })]);
  const columns = io.stdout.columnsNow();
  print('ping', pingSummary(result, columns === undefined ? undefined : columns - LABEL_COLUMNS));
  return result.datagrams;
}

const COLOURS = { server: 'cyan', client: 'magenta', ping: 'yellow' } as const;

/** `server | `. */
const LABEL_COLUMNS = 9;

function label(who: Who, io: Io): string {
  // Respects NO_COLOR, and adds no colour if the stream is not a terminal.
  return styleText(COLOURS[who], `${who.padEnd(6)} |`, { stream: io.stdout.stream });
}
