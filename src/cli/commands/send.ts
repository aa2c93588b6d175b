// SPDX-License-Identifier: MIT
// echogram send: one message, one reply, in the classic words.

import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { exchange, type Reply, type SendOptions } from '../../client/send.ts';
import { EchogramError, ProtocolError } from '../../errors.ts';
import { payloadText } from '../../report/payload-text.ts';
import { CLOSING_LINE, receivedLine, sendingLine, WAITING_LINE } from '../../report/transcript.ts';
import { hexBytes } from '../flag-values.ts';
import { EXIT_FAILED, EXIT_NO_REPLY, EXIT_OK, type Io } from '../io.ts';

export interface SendFlags {
  readonly host: string;
  readonly port: number;
  readonly timeout: number;
  readonly retries: number;
  readonly hex?: true;
  readonly ipv4?: true;
  readonly ipv6?: true;
  readonly json?: true;
}

export async function runSend(message: string, flags: SendFlags, io: Io): Promise<number> {
  try {
    return await sendBytes(await messageBytes(message, flags, io), flags, io);
  } catch (error) {
    if (!io.stop.aborted) throw error;
    io.stderr.data('echogram: stopped before a reply came');
    return EXIT_NO_REPLY;
  }
}

async function sendBytes(payload: Uint8Array, flags: SendFlags, io: Io): Promise<number> {
  const options = {
    host: flags.host,
    port: flags.port,
    timeoutMs: flags.timeout,
    retries: flags.retries,
    signal: io.stop,
    ...ipVersionOf(flags),
  };
  const print = (line: string): void => {
    if (flags.json !== true) io.stdout.data(line);
  };
  try {
    const reply = await converse(payload, options, print);
    if (flags.json === true) io.stdout.data(JSON.stringify(replyDocument(payload, reply)));
    if (reply.matches) return EXIT_OK;
    io.stderr.data(`echogram: ${describeDifference(payload, reply.payload)}`);
    return EXIT_NO_REPLY;
  } catch (error) {
    if (io.stop.aborted || !EchogramError.is(error)) throw error;
    if (flags.json === true) io.stdout.data(JSON.stringify(failureDocument(error)));
    io.stderr.data(`echogram: ${error.message}`);
    return error instanceof ProtocolError ? EXIT_NO_REPLY : EXIT_FAILED;
  }
}

/** Sends the message and waits, printing the classic client's lines as they become true. */
export async function converse(
  payload: Uint8Array,
  options: SendOptions,
  print: (line: string) => void,
): Promise<Reply> {
  const progress = { isOpen: false };
  try {
    const reply = await exchange(payload, options, {
      onSending: () => {
        progress.isOpen = true;
        print(sendingLine(payload));
      },
      onSent: () => {
        print(WAITING_LINE);
      },
    });
    print(receivedLine(reply.payload));
    return reply;
  } finally {
    if (progress.isOpen) print(CLOSING_LINE);
  }
}

async function messageBytes(message: string, flags: SendFlags, io: Io): Promise<Uint8Array> {
  const isStdin = message === '-';
  const bytes = isStdin ? await readAll(io) : Buffer.from(message);
  return flags.hex === true ? hexBytes(bytes.toString()) : bytes;
}

/** Reads standard input to its end. @throws the reason of a stop before that */
async function readAll({ stdin, stop }: Io): Promise<Buffer> {
  stop.throwIfAborted();
  const stopped = once(stop, 'abort').then(() => {
    throw stop.reason;
  });
  return await Promise.race([buffer(stdin), stopped]);
}

function ipVersionOf(flags: SendFlags): { ipVersion?: 4 | 6 } {
  if (flags.ipv4 === true) return { ipVersion: 4 };
  return flags.ipv6 === true ? { ipVersion: 6 } : {};
}

function describeDifference(message: Uint8Array, reply: Uint8Array): string {
  const shorter = Math.min(message.length, reply.length);
  let same = 0;
  while (same < shorter && message[same] === reply[same]) same++;
  return `the reply differs from the message at byte ${same}: ${reply.length} bytes came back for ${message.length} sent; that host does not echo`;
}

function replyDocument(message: Uint8Array, reply: Reply): object {
  const { matches, rttNs, from, datagramsSent, payload } = reply;
  return {
    event: 'reply',
    matches,
    rttNs,
    from,
    datagramsSent,
    messageBytes: message.length,
    payloadBytes: payload.length,
    payload: payloadText(payload),
  };
}

function failureDocument(error: EchogramError): object {
  return { event: 'failure', code: error.code, message: error.message };
}
