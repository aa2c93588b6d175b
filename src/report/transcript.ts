// SPDX-License-Identifier: MIT
// The classic lines of the UDP echo lesson, letter for letter: what its server and its client print.

import { escapeText } from '../printable.ts';
import { REFUSAL_MEANING } from '../server/admission.ts';
import type { DatagramSample, NotSent } from '../server/sampler.ts';
import { countOf } from '../quantities.ts';
import { SEND_FAILURE_MEANING } from '../socket/counters.ts';
import type { SocketAddress } from '../socket/ip-address.ts';
import { payloadText } from './payload-text.ts';

const NOT_SENT_MEANING: Readonly<Record<NotSent, string>> = {
  ...SEND_FAILURE_MEANING,
  waiting: 'its next hop has not answered',
  lost: 'on request',
  blackout: 'on request',
  delayed: 'on request',
  overflowed: 'too many replies are held back on request',
};

/** The server's first line, or one for each place. */
export function startingUp(
  places: readonly { readonly host: string; readonly port: number }[],
): string[] {
  const lines = places.map(({ host, port }) => `starting up on ${escapeText(host)} port ${port}`);
  return [...lines, ...waitingForMessage()];
}

/** The server waits for the next datagram. */
export function waitingForMessage(): string[] {
  return ['', 'waiting to receive message'];
}

/** A datagram arrived and was answered, or not. */
export function datagramLines(sample: DatagramSample): string[] {
  const peer = peerTuple(sample.peer);
  return [
    `received ${sample.payloadBytes} bytes from ${peer}`,
    contentLine(sample),
    answerLine(sample, peer),
    ...waitingForMessage(),
  ];
}

/** Datagrams arrived too fast to be shown one by one. */
export function unreportedLines(datagrams: number): string[] {
  const more = countOf(datagrams, 'more datagram');
  return ['', `(${more} in the last second, not shown)`, ...waitingForMessage()];
}

/** The client is about to send. */
export function sendingLine(message: Uint8Array): string {
  return `sending "${payloadText(message)}"`;
}

/** The client has sent. */
export const WAITING_LINE = 'waiting to receive';

/** The client has its reply. */
export function receivedLine(payload: Uint8Array): string {
  return `received "${payloadText(payload)}"`;
}

/** The client is done, however it went. */
export const CLOSING_LINE = 'closing socket';

/** The payload; only the service's name if the service overwrites the request with its reply. */
function contentLine({ service, payload, payloadBytes }: DatagramSample): string {
  return service === 'echo' ? payloadText(payload, payloadBytes) : `(${service})`;
}

function answerLine({ refused, notSent, sentBytes }: DatagramSample, peer: string): string {
  if (refused !== null) return `did not answer (${refused}: ${REFUSAL_MEANING[refused]})`;
  if (notSent === null) return `sent ${sentBytes} bytes back to ${peer}`;
  const yet = notSent === 'waiting' || notSent === 'delayed' ? ' yet' : '';
  return `did not send the reply${yet} (${notSent}: ${NOT_SENT_MEANING[notSent]})`;
}

function peerTuple({ address, port }: SocketAddress): string {
  return `('${escapeText(address)}', ${port})`;
}
