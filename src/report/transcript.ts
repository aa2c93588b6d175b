// SPDX-License-Identifier: MIT
// The classic lines of the UDP echo lesson, letter for letter: what its server and its client print.

import { escapeText } from '../printable.ts';
import { REFUSAL_MEANING } from '../server/admission.ts';
import type { DatagramSample, NotSent } from '../server/sampler.ts';
import { SEND_FAILURE_MEANING } from '../socket/counters.ts';
import type { SocketAddress } from '../socket/ip-address.ts';
import { countOf } from '../quantities.ts';
import { payloadText } from './payload-text.ts';

const NOT_SENT_MEANING: Readonly<Record<NotSent, string>> = {
  ...SEND_FAILURE_MEANING,
  waiting: 'its next hop has not answered',
  lost: 'on request',
  delayed: 'on request',
  overflowed: 'too many replies are held back on request',
};

/** The server's first line. */
export function startingUp(host: string, port: number): string[] {
  return [`starting up on ${escapeText(host)} port ${port}`, ...waitingForMessage()];
}

/** The server waits for the next datagram. */
export function waitingForMessage(): string[] {
  return ['', 'waiting to receive message'];
}

/** A datagram came and was answered, or not. */
export function datagramLines(sample: DatagramSample): string[] {
  const peer = peerTuple(sample.peer);
  return [
    `received ${sample.payloadBytes} bytes from ${peer}`,
    contentLine(sample),
    answerLine(sample, peer),
    ...waitingForMessage(),
  ];
}

/** Datagrams came too fast to be shown one by one. */
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

/** What came; of a service that writes its reply over it, only which that is. */
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
