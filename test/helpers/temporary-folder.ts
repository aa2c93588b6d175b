// A folder for one test, which is gone after it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'echogram-'));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}
