// SPDX-License-Identifier: MIT
// Opens the protocol that a session speaks.

import { ProbeCodec } from '../../wire/probe.ts';
import type { ProtocolPlan, ReflectingProtocol } from './probe-protocol.ts';
import { StampProtocol } from './stamp-protocol.ts';
import { UdpEchoPlusProtocol } from './udp-echo-plus-protocol.ts';

/** The protocol of a session, either a plain one or one whose replies say more. */
export function openProtocol(plan: ProtocolPlan): ProbeCodec | ReflectingProtocol {
  switch (plan.protocol) {
    case 'echo':
      return new ProbeCodec(plan.nonce, plan.payloadBytes);
    case 'stamp':
      return new StampProtocol(plan);
    case 'udp-echo-plus':
      return new UdpEchoPlusProtocol(plan);
  }
}
