// A history on a disk that is full for a while: a small tmpfs, in a mount namespace of its own.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Program } from '../helpers/programs.ts';
import { repositoryPath } from '../helpers/repository.ts';
import { needsNamespaces } from '../helpers/skips.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

test(
  'while the disk is full columns wait, one event says so, and they are written when there is room',
  { skip: needsNamespaces() },
  async (t) => {
    const script = 'mount -t tmpfs -o size=6m none "$0" && cd "$0" && exec "$1" "$2"';
    const writer = repositoryPath('.build/test/helpers/history-on-full-disk.js');
    const args = ['-m', 'sh', '-c', script, temporaryFolder(t), process.execPath, writer];
    const { stdout, stderr, exitCode } = await new Program(t, 'unshare', args).ended();
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.deepEqual(JSON.parse(stdout), {
      kind: 'sqlite',
      troubles: ['database or disk is full', null],
      hasFailed: true,
      recordsLost: 0,
      lastError: null,
      missing: 0,
    });
  },
);
