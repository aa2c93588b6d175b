// The hosts that tests make outlive a run that is killed, and must not be in the way of a later one.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { needsNamespaces } from '../helpers/skips.ts';

/** Makes a host and leaves it behind. */
const LEAVE_HOST = `
  import { NetworkNamespace } from ${JSON.stringify(import.meta.resolve('../helpers/namespaces.js'))};
  process.stdout.write(NetworkNamespace.create({ after: () => undefined }).name);
`;

test(
  'makes a host although one was left by a process of the same number',
  { skip: needsNamespaces() },
  (t) => {
    for (const run of ['first', 'second']) {
      // Each is process 1 in a namespace of its own.
      const { status, stdout, stderr } = spawnSync(
        'unshare',
        ['--pid', '--fork', process.execPath, '--input-type=module', '--eval', LEAVE_HOST],
        { encoding: 'utf8' },
      );
      assert.equal(status, 0, `the ${run} run: ${stderr}`);
      t.after(() => spawnSync('ip', ['netns', 'delete', stdout]));
    }
  },
);
