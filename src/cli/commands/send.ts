// SPDX-License-Identifier: MIT
// echogram send: one message, one reply, in the classic words.

import { unlessAborted } from '../../abort.ts';
import { exchange, maxMessageBytes, type Reply, type SendOptions } from '../../client/send.ts';
import { createError, EchogramError, ProtocolError } from '../../errors.ts';
import { countOf, formatCount } from '../../quantities.ts';
import { payloadText } from '../../report/payload-text.ts';
import { CLOSING_LINE, receivedLine, sendingLine, WAITING_LINE } from '../../report/transcript.ts';
import { SEND_OPTIONS } from '../../options/send.ts';
import { wrongText } from '../../options/kind.ts';
import { asGiven, only, sourceOf, type Given } from '../given-options.ts';
import { hexBytes } from '../flag-values.ts';
import type { SEND_FLAGS } from '../flags/send.ts';
import { EXIT_FAILED, EXIT_NO_REPLY, EXIT_OK, type Io } from '../io.ts';
import { isPlainlyHost, looksLikeMessage, messageHint } from '../misplaced-message.ts';
import { targetOf, type AskedHost } from '../target.ts';

type SendGiven = Given<typeof SEND_FLAGS>;

/** The arguments and flags of a command. */
interface Asked {
  readonly words: readonly string[];
  readonly given: SendGiven;
  readonly io: Io;
}

const ONE_LABEL = /^[\w-]+\.?$/;

/** Per byte: two digits and two separating characters, such as a DOS line end. */
const HEX_LIMIT_CHARACTERS = 4 * maxMessageBytes(6);

/**
 * @param words         the host and the message, as far as they were given
 * @param usualMessage  the message to send if none was given
 */
export async function runSend(
  words: readonly string[],
  usualMessage: string,
  given: SendGiven,
  io: Io,
): Promise<number> {
  const asked = askedHost(words, given);
  requireMessageForHex(words, given);
  const [, message = usualMessage] = words;
  try {
    const payload = await messageBytes(message, given.values, io);
    const options = { ...only(SEND_OPTIONS, given.values), ...asked, signal: io.stop };
    return await sendBytes(payload, options, { words, given, io });
  } catch (error) {
    if (!io.stop.aborted) throw error;
    io.stderr.data('echogram: stopped before a reply arrived');
    return EXIT_NO_REPLY;
  }
}

/** Without a host, the default applies. */
function askedHost(words: readonly string[], given: SendGiven): Partial<AskedHost> {
  const [target] = words;
  if (target === undefined) return {};
  if (!looksLikeMessage(target)) return targetOf(target, given);
  const hint = messageHint(words, given.values.hex === true);
  throw wrongText('the first argument', 'HOST[:PORT]', target, hint);
}

/** The lesson's message is not hexadecimal. */
function requireMessageForHex(words: readonly string[], given: SendGiven): void {
  if (given.values.hex !== true || words.length > 1) return;
  const [word = '48 65 6c 6c 6f'] = words;
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', {
    option: sourceOf('hex', given),
    rule: 'given with a message',
    remedy: messageHint([word], true),
  });
}

async function sendBytes(
  payload: Uint8Array,
  options: SendOptions,
  { words, given, io }: Asked,
): Promise<number> {
  const { json: isJson = false } = given.values;
  const print = (line: string): void => {
    if (!isJson) io.stdout.data(line);
  };
  try {
    const reply = await converse(payload, options, print);
    if (isJson) io.stdout.data(JSON.stringify(replyDocument(payload, reply)));
    if (reply.matches) return EXIT_OK;
    io.stderr.data(`echogram: ${describeDifference(payload, reply.payload)}`);
    return EXIT_NO_REPLY;
  } catch (thrown) {
    const error = withHint(asGiven(thrown, given), words, given);
    if (io.stop.aborted || !EchogramError.is(error)) throw error;
    if (isJson) io.stdout.data(JSON.stringify(failureDocument(error)));
    io.stderr.data(`echogram: ${error.message}`);
    return error instanceof ProtocolError ? EXIT_NO_REPLY : EXIT_FAILED;
  }
}

/** A word that is not a host name may have been meant as the message. */
function withHint(error: unknown, words: readonly string[], { values }: SendGiven): unknown {
  if (!EchogramError.is(error) || error.code !== 'ECHOGRAM_ERR_HOST_UNRESOLVED') return error;
  const [word = '', second] = words;
  if (!ONE_LABEL.test(word) || (second !== undefined && !isPlainlyHost(second))) return error;
  const hint = messageHint(words, values.hex === true);
  return createError(error.code, { ...error.data, hint }, error.cause);
}

/** Sends the message and waits, printing the classic client's lines as they become true. */
export async function converse(
  payload: Uint8Array,
  options: SendOptions,
  print: (line: string) => void,
): Promise<Reply> {
  // The attempts printed so far. If the host has several addresses, an attempt continues at the next one when one
  // refuses; the transcript does not show the difference.
  const told = { sending: 0, waiting: 0 };
  try {
    const reply = await exchange(payload, options, {
      onSending: (attempt) => {
        if (attempt > told.sending) print(sendingLine(payload));
        told.sending = Math.max(told.sending, attempt);
      },
      onSent: (attempt) => {
        if (attempt > told.waiting) print(WAITING_LINE);
        told.waiting = Math.max(told.waiting, attempt);
      },
    });
    print(receivedLine(reply.payload));
    return reply;
  } finally {
    if (told.sending > 0) print(CLOSING_LINE);
  }
}

async function messageBytes(
  message: string,
  { hex: isHex = false, family: ipVersion = 6 }: SendGiven['values'],
  io: Io,
): Promise<Uint8Array> {
  if (message !== '-') return isHex ? hexBytes(message) : Buffer.from(message);
  return isHex ? hexBytes(await readHex(io)) : await readPayload(ipVersion, io);
}

/** Reads a payload from standard input, which may never end. */
async function readPayload(ipVersion: 4 | 6, io: Io): Promise<Uint8Array> {
  const limitBytes = maxMessageBytes(ipVersion);
  const payload = await readAtMost(limitBytes + 1, io);
  const payloadBytes = payload.length;
  if (payloadBytes <= limitBytes) return payload;
  const data = { payloadBytes, limitBytes, ipVersion, isCut: true };
  throw createError('ECHOGRAM_ERR_MESSAGE_LENGTH', data);
}

async function readHex(io: Io): Promise<string> {
  const text = (await readAtMost(HEX_LIMIT_CHARACTERS + 1, io)).toString();
  if (text.length <= HEX_LIMIT_CHARACTERS) return text;
  const rule = `at most ${HEX_LIMIT_CHARACTERS} characters long`;
  const option = 'the message with --hex';
  throw createError('ECHOGRAM_ERR_OPTION_VALUE', { option, rule, value: text });
}

/**
 * Reads standard input to its end, or up to `limitBytes`.
 *
 * @throws the reason of a stop before that
 */
async function readAtMost(limitBytes: number, { stdin, stop }: Io): Promise<Buffer> {
  return await unlessAborted(take(stdin, limitBytes), stop);
}

async function take(stream: AsyncIterable<Uint8Array>, limitBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= limitBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, limitBytes);
}

function describeDifference(message: Uint8Array, reply: Uint8Array): string {
  const shorter = Math.min(message.length, reply.length);
  let same = 0;
  while (same < shorter && message[same] === reply[same]) same++;
  return `the reply differs from the message at byte ${same}: ${countOf(reply.length, 'byte')} came back for ${formatCount(message.length)} sent; the target is not an echo server`;
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
