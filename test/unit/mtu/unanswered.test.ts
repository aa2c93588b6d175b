// Why a search for the path MTU got no reply at all.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IcmpError } from '../../../src/client/session/icmp-error-table.ts';
import type { Trial } from '../../../src/mtu/trial.ts';
import { whyUnanswered } from '../../../src/mtu/unanswered.ts';

const TARGET = {
  host: 'far.example',
  address: '192.0.2.7',
  port: 7000,
  protocol: 'echo',
  tried: [],
} as const;

test('a port that the target itself calls closed needs a server there', () => {
  assert.deepEqual(verdictOn([refusal('192.0.2.7'), refusal('192.0.2.7')]), {
    code: 'NOTHING_LISTENS',
    sentences: [
      'UDP does not work: 192.0.2.7 is up, but nothing listens on port 7000, or its firewall rejects the probes (2 ICMP "port unreachable").',
      'Start a server on 192.0.2.7, such as `echogram serve --host 0.0.0.0 --port 7000`, or let UDP port 7000 through its firewall.',
    ],
  });
});

test('an ICMP error from a router says nothing about the target', () => {
  assert.deepEqual(verdictOn([refusal('10.9.1.1'), refusal('10.9.1.1')]), {
    code: 'ICMP_ERROR',
    sentences: ['UDP does not work: 10.9.1.1 (not the target) answers: 2 ICMP "port unreachable".'],
  });
});

test('an ICMP error without a sender proves nothing, but may mean a closed port', () => {
  const { code, sentences } = verdictOn([refusal(null)]);
  assert.deepEqual([code, sentences.length], ['ICMP_ERROR', 2]);
  assert.match(sentences[0]!, /: the target, a router or this host \(the system does not say/);
  assert.match(sentences[1]!, /^Start a server on 192\.0\.2\.7/);
});

function refusal(from: string | null): IcmpError {
  const type = from === null ? null : 3;
  return { systemCode: 'ECONNREFUSED', from, icmpType: type, icmpCode: type };
}

function verdictOn(errors: readonly IcmpError[]): ReturnType<typeof whyUnanswered> {
  const trials = errors.map((error): Trial => ({
    size: 72,
    fragmentation: 'whole',
    isControl: true,
    isPatient: true,
    control: undefined,
    outcome: { kind: 'icmp-error', error },
  }));
  return whyUnanswered({ target: TARGET, isAuthenticated: false, trials, strays: new Set() });
}
