// SPDX-License-Identifier: MIT
// Reports a running server on standard output: as the classic transcript, or as lines of JSON.

import { payloadText } from '../report/payload-text.ts';
import { datagramLines, startingUp, unreportedLines } from '../report/transcript.ts';
import type { ServerCounters } from '../server/counters.ts';
import type { EchoServer } from '../server/echo-server.ts';
import type { DatagramSample } from '../server/sampler.ts';
import type { Output } from './output.ts';
import { jsonEvents } from './service-output.ts';

/** Where the echo listens: as it was asked for, or each address. */
export type Places = readonly [Place, ...Place[]];

interface Place {
  readonly host: string;
  readonly port: number;
}

/** Prints the events of a server to standard output. */
export interface ServerNarrator {
  listening(places: Places, server: EchoServer): void;
  datagram(sample: DatagramSample): void;
  unreported(datagrams: number): void;
  closed(counters: ServerCounters): void;
}

/** Tells the server's events to the narrator, from its start to its close. */
export function narrate(server: EchoServer, places: Places, narrator: ServerNarrator): void {
  narrator.listening(places, server);
  server.on('datagram', (sample) => {
    narrator.datagram(sample);
  });
  server.on('unreported', (datagrams) => {
    narrator.unreported(datagrams);
  });
  server.on('close', (counters) => {
    narrator.closed(counters);
  });
}

/** The classic lines. */
export function classicNarrator(print: (...lines: string[]) => void): ServerNarrator {
  return {
    listening: (places) => {
      print(...startingUp(places));
    },
    datagram: (sample) => {
      print(...datagramLines(sample));
    },
    unreported: (datagrams) => {
      print(...unreportedLines(datagrams));
    },
    closed: () => undefined,
  };
}

/** Lines of JSON. */
export function jsonNarrator(stdout: Output): ServerNarrator {
  const { write, writeOnce } = jsonEvents(stdout);
  return {
    listening: (
      [{ host }],
      { port, addresses, engine, workers, receiveBuffer, sendBuffer, services },
    ) => {
      writeOnce('listening', {
        host,
        port,
        addresses,
        engine,
        workers: workers.asked,
        receiveBuffer,
        sendBuffer,
        services: services.map(({ name, port, addresses }) => ({ name, port, addresses })),
      });
    },
    datagram: ({ service, peer, payload, payloadBytes, refused, notSent, sentBytes }) => {
      // For services other than the echo, this is not the request.
      const text = service === 'echo' ? { payload: payloadText(payload, payloadBytes) } : {};
      write('received', { service, peer, payloadBytes, ...text });
      if (refused !== null) write('refused', { service, peer, payloadBytes, reason: refused });
      else if (notSent !== null) {
        write('not-sent', { service, peer, payloadBytes, reason: notSent });
      } else write('sent', { service, peer, payloadBytes: sentBytes });
    },
    unreported: (datagrams) => {
      write('unreported', { datagrams });
    },
    closed: (counters) => {
      writeOnce('closed', { ...counters, missingLines: stdout.missingLines });
    },
  };
}
