// A terminal is shared with the shell and whatever else runs on it: what one sets on its open file, all get.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPeer } from '../helpers/peers.ts';
import { BIN } from '../helpers/programs.ts';
import { firstSkip, needsLinux, needsNamespaces, needsProgram } from '../helpers/skips.ts';

/** With no /dev/pts a terminal has no name, as in a container: libuv can't open it anew by one. */
const WITHOUT_NAME = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /dev/pts; exec "$0" "$@"'];

for (const [what, prefix, skip] of [
  ['a terminal', [], firstSkip(needsLinux(), needsProgram('python3'))],
  [
    'a terminal that has no name',
    WITHOUT_NAME,
    firstSkip(needsLinux(), needsProgram('python3'), needsNamespaces()),
  ],
] as const) {
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    test(`${what} is left blocking, also after ${signal}`, { skip }, async (t) => {
      const command = [...prefix, process.execPath, BIN, 'serve', '--port', '0'];
      const { stdout, stderr } = await startPeer(
        t,
        'shared_terminal.py',
        signal,
        ...command,
      ).ended();
      assert.deepEqual(
        [stderr, JSON.parse(stdout)],
        ['', { isShown: true, during: false, after: false }],
      );
    });
  }
}
