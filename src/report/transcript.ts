// SPDX-License-Identifier: MIT
// The classic lines of the UDP echo lesson, letter for letter: what its server and its client print.

import { escapeText } from '../printable.ts';
import { REFUSAL_MEANING, type Refusal } from '../server/admission.ts';
import type { DatagramSample } from '../server/sampler.ts';
import type { SocketAddress } from '../socket/ip-address.ts';
import { countOf } from '../quantities.ts';
import { payloadText } from './payload-text.ts';

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
    sample.refused === null
      ? `sent ${sample.sentBytes} bytes back to ${peer}`
      : refusedLine(sample.refused),
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

function refusedLine(refused: Refusal): string {
  return `did not answer (${refused}: ${REFUSAL_MEANING[refused]})`;
}

function peerTuple({ address, port }: SocketAddress): string {
  return `('${escapeText(address)}', ${port})`;
}
