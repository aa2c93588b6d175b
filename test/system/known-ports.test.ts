// Ports that a host has but once, and the right to those below 1024: on hosts of their own.

import assert from 'node:assert/strict';
import test from 'node:test';
import { CLIENT_TRANSCRIPT } from '../helpers/lesson.ts';
import { NetworkNamespace } from '../helpers/namespaces.ts';
import { BIN, Program } from '../helpers/programs.ts';
import { firstSkip, needsNamespaces, needsProgram } from '../helpers/skips.ts';

test(
  'port 862 without the right to it is said plainly, with the remedy',
  { skip: firstSkip(needsNamespaces(), needsProgram('setpriv')) },
  async (t) => {
    const script = [
      'ip link set lo up',
      'echo 1024 >/proc/sys/net/ipv4/ip_unprivileged_port_start',
      'exec setpriv --bounding-set=-net_bind_service "$0" "$1" serve --stamp',
    ].join(' && ');
    const server = new Program(t, 'unshare', ['-n', 'sh', '-c', script, process.execPath, BIN]);
    const { stderr, exitCode } = await server.ended();
    assert.equal(exitCode, 2);
    assert.match(
      stderr,
      /^echogram: cannot bind localhost port 862: permission denied .*ip_unprivileged_port_start=862; .*socket unit.*\)\n$/,
    );
  },
);

test(
  'names the right that a port below 1024 takes, and the remedy',
  { skip: firstSkip(needsNamespaces(), needsProgram('setpriv')) },
  async (t) => {
    // In a network of its own, as a host may hand out low ports to everybody.
    const script = [
      'ip link set lo up',
      'echo 1024 >/proc/sys/net/ipv4/ip_unprivileged_port_start',
      'exec setpriv --bounding-set=-net_bind_service "$0" "$1" serve --port 7',
    ].join(' && ');
    const server = new Program(t, 'unshare', ['-n', 'sh', '-c', script, process.execPath, BIN]);
    const { stdout, stderr, exitCode } = await server.ended();
    assert.deepEqual([stdout, exitCode], ['', 2]);
    assert.match(
      stderr,
      /^echogram: cannot bind localhost port 7: permission denied \(EACCES\); .*CAP_NET_BIND_SERVICE.*choose[^\n]*\n$/,
    );
  },
);

test(
  'echogram send gets its message back from ncat',
  { skip: firstSkip(needsNamespaces(), needsProgram('ncat')) },
  async (t) => {
    const host = NetworkNamespace.create(t);
    // Its messages on standard error can be waited for like its output.
    const withMessages = ['sh', '-c', 'exec "$@" 2>&1', 'sh'] as const;
    const ncat = ['ncat', '-v', '-u', '-l', '127.0.0.1', '10000', '-e', '/bin/cat'];
    await host.start(t, ...withMessages, ...ncat).untilStdout(/Listening on 127\.0\.0\.1:10000/);
    const client = await host.startEchogram(t, 'send', '-4', '--timeout', '20s').ended();
    assert.deepEqual([client.stdout, client.exitCode], [CLIENT_TRANSCRIPT, 0]);
  },
);
