// SPDX-License-Identifier: MIT
// Why there was no reply at all.

import type { ReplyVerdict } from '../client/protocols/probe-protocol.ts';
import { serveCommand } from '../client/serve-command.ts';
import { icmpErrorKind, isPortUnreachable } from '../client/session/icmp-error-kind.ts';
import type { IcmpError } from '../client/session/icmp-error-table.ts';
import { escapeText } from '../printable.ts';
import { countOf } from '../quantities.ts';
import { isSameAddress } from '../socket/ip-address.ts';
import type { MtuTarget, MtuVerdict } from './mtu-result.ts';
import type { Trial } from './trial.ts';

export type UnansweredCode =
  'NO_REPLY' | 'NOTHING_LISTENS' | 'ICMP_ERROR' | 'WRONG_PROTOCOL' | 'WRONG_KEY';

export interface Unanswered {
  readonly target: MtuTarget;
  readonly isAuthenticated: boolean;
  readonly trials: readonly Trial[];
  /** What arrived instead of a reply. */
  readonly strays: ReadonlySet<ReplyVerdict>;
}

const PROTOCOL_NAME: Readonly<Record<MtuTarget['protocol'], string>> = {
  echo: 'echo',
  stamp: 'STAMP',
  'udp-echo-plus': 'UDPEchoPlus',
};

export function whyUnanswered(asked: Unanswered): MtuVerdict {
  return wrongReply(asked) ?? icmpError(asked) ?? silence(asked);
}

function wrongReply({ target, strays }: Unanswered): MtuVerdict | undefined {
  const { address, port, protocol } = target;
  const place = `${escapeText(address)} port ${port}`;
  if (strays.has('unauthenticated')) {
    return {
      code: 'WRONG_KEY',
      sentences: [
        `UDP works, but the replies of ${place} failed HMAC verification: the other end uses another key or none, or something on the path changes them.`,
      ],
    };
  }
  if (strays.size === 0) return undefined;
  const hint = strays.has('unaltered')
    ? 'it is a plain echo server; search with --protocol echo'
    : strays.has('udp-echo-plus')
      ? 'it is a UDPEchoPlus server; search with --protocol udp-echo-plus'
      : 'it speaks another protocol, or something on the path changes the replies';
  return {
    code: 'WRONG_PROTOCOL',
    sentences: [
      `UDP works, but ${place} gives no valid ${PROTOCOL_NAME[protocol]} reply: ${hint}.`,
    ],
  };
}

function icmpError({ target, isAuthenticated, trials }: Unanswered): MtuVerdict | undefined {
  const errors = trials.flatMap(({ outcome }) =>
    outcome.kind === 'icmp-error' ? [outcome.error] : [],
  );
  const [error] = errors;
  if (error === undefined) return undefined;
  const { host, address, port, protocol } = target;
  if (errors.every((one) => isClosedPort(one, address))) {
    const command = serveCommand({ host, addresses: [address], port, protocol, isAuthenticated });
    return {
      code: 'NOTHING_LISTENS',
      sentences: [
        `${escapeText(address)} is up, but nothing listens on port ${port}, or its firewall rejects the datagrams.`,
        `Start a server there, such as \`${command}\`.`,
      ],
    };
  }
  const who = error.from === null ? 'the target, a router or this host' : escapeText(error.from);
  return {
    code: 'ICMP_ERROR',
    sentences: [
      `No reply from ${escapeText(address)}: ${who} answers with ${icmpErrorKind(error)}.`,
    ],
  };
}

function isClosedPort(error: IcmpError, address: string): boolean {
  return isPortUnreachable(error) && (error.from === null || isSameAddress(error.from, address));
}

function silence({ target, trials }: Unanswered): MtuVerdict {
  const { address, port, protocol } = target;
  const hint =
    protocol === 'echo'
      ? 'nothing answers there, or a firewall drops requests or replies'
      : `nothing answers there, it does not speak ${PROTOCOL_NAME[protocol]}, or a firewall drops requests or replies`;
  const sent = countOf(trials.length, 'small datagram');
  return {
    code: 'NO_REPLY',
    sentences: [`No reply from ${escapeText(address)} port ${port} to ${sent}: ${hint}.`],
  };
}
