// A stranger takes all the sessions of a stateful STAMP reflector, or tries to; a sender of ours goes on, and
// others begin.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { SessionResult } from '../../src/index.ts';
import { ENGINES } from '../helpers/engines.ts';
import { JsonServer } from '../helpers/json-server.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { peerPath } from '../helpers/peers.ts';
import type { Program } from '../helpers/programs.ts';
import { firstSkip, needsNamespaces, needsProgram } from '../helpers/skips.ts';

const SERVER = '10.77.0.1';
const STRANGER = '10.77.0.3';

/** More than there is room for. */
const SESSIONS = 66_000;

/** Packets a second: 1,000 come between two of ours, an eighth of what would displace a session that begins. */
const FORGED_RATE = 10_000;

for (const { engine, skip } of ENGINES) {
  for (const [what, source, packets, mayOthersBegin] of [
    ['one address, a packet for each session', STRANGER, 1, true],
    ['one address, two packets for each', STRANGER, 2, true],
    ['as many addresses, forged, a packet for each', 'forged', 1, true],
    ['as many addresses, forged, two packets for each', 'forged', 2, false],
  ] as const) {
    test(
      `sessions go on${mayOthersBegin ? ', and others begin,' : ''} while a stranger opens ${SESSIONS}: ${what} (${engine})`,
      { skip: firstSkip(skip, needsNamespaces(), needsProgram('python3')) },
      async (t) => {
        const { server, clients, port } = await hosts(t, engine);
        const running = ping(t, clients, port);
        await running.untilStdout(/"type":"reply","sequence":5,/);
        const stranger = clients.start(
          ...([t, 'python3', peerPath('stamp_sessions.py'), SERVER, port, source] as const),
          ...[`${packets}`, `${SESSIONS}`, `${FORGED_RATE}`],
        );
        await stranger.untilStdout(/opened\n/);
        if (mayOthersBegin) {
          const { reflector, datagrams } = await resultOf(ping(t, clients, port, '-c', '20'));
          assert.equal(reflector!.numbering, 'own');
          assert.ok(datagrams.received > 0, JSON.stringify(datagrams));
        }
        running.child.kill('SIGINT');
        const { reflector, forward, datagrams } = await resultOf(running);
        stranger.child.kill('SIGTERM');
        assert.equal(reflector!.numbering, 'own');
        assert.notEqual(forward!.lost, null);
        assert.ok(datagrams.received > datagrams.sent / 2, JSON.stringify(datagrams));
        await server.stop();
      },
    );
  }
}

/** A server, and a host with one address for the honest and one for the stranger. */
async function hosts(
  t: TestContext,
  engine: string,
): Promise<{ server: JsonServer; clients: NetworkNamespace; port: string }> {
  const [host, clients] = NetworkNamespace.createPair(t);
  for (const name of ['all', 'default', 'wire']) {
    host.run('sysctl', '-qw', `net.ipv4.conf.${name}.rp_filter=0`);
  }
  // So that replies to forged addresses leave and are lost, as on the internet.
  host.run('ip', 'route', 'add', 'default', 'via', '10.77.0.2');
  clients.run('ip', 'address', 'add', `${STRANGER}/24`, 'dev', 'wire');
  const flags = ['--host', SERVER, '--engine', engine, '--stamp', '0', '--stamp-stateful'];
  const server = await JsonServer.start(t, host, ...flags, '--limit', '200000');
  return { server, clients, port: `${server.listening.services[1]!.port}` };
}

/** Asks until it is told to stop, ten times a second, and tells all on standard output. */
function ping(
  t: TestContext,
  host: NetworkNamespace,
  port: string,
  ...args: readonly string[]
): Program {
  const target = [`${SERVER}:${port}`, '--protocol', 'stamp', '-i', '100ms', '-W', '3s'];
  return host.startEchogram(t, 'ping', ...target, '--jsonl', '-', '--quiet', ...args);
}

/** The result at the end of what a `ping` wrote. */
async function resultOf(program: Program): Promise<SessionResult> {
  const { stdout } = await program.ended();
  const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as { result: SessionResult };
  return last.result;
}
