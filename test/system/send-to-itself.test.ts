// A client must not take its own message for an echo.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BIN, Program } from '../helpers/programs.ts';
import { firstSkip, needsIPv6, needsNamespaces, needsProgram } from '../helpers/skips.ts';

/** So often that, did the system choose the asked port, one of its two, no run would pass by luck. */
const SENDS = 12;

// With 40000 to 40001 as the only ephemeral ports, half of all clients get the port that they ask.
const SCRIPT = `
ip link set lo up &&
echo 40000 40001 > /proc/sys/net/ipv4/ip_local_port_range &&
for host in 127.0.0.1 ::1; do
  for send in $(seq ${SENDS / 2}); do
    "$0" "$1" send $host --port 40000 >/dev/null 2>&1
    echo $?
  done
done`;

test(
  'finds a port closed also where the system gives the client that very port',
  { skip: firstSkip(needsNamespaces(), needsProgram('ip'), needsIPv6()) },
  async (t) => {
    const args = ['-n', 'sh', '-c', SCRIPT, process.execPath, BIN];
    const { stdout, stderr } = await new Program(t, 'unshare', args).ended();
    assert.equal(stdout, '1\n'.repeat(SENDS), stderr);
  },
);
