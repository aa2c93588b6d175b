// SPDX-License-Identifier: MIT
// Files with targets, read like those of Prometheus' file_sd. A file that can't be read keeps its last good targets.

import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { systemCodeOf } from '../../errors.ts';
import { FolderHints, LOOK_AGAIN_MS } from '../config/folder-hints.ts';
import type { FilePlan } from '../config/source-plan.ts';
import { readTextFile } from '../config/text-file.ts';
import { parseYaml, YamlFault } from '../config/yaml-text.ts';
import type { FoundTarget } from '../found-target.ts';
import { PolledSource, type Reading } from './polled-source.ts';
import type { SourceTelling } from './target-source.ts';
import { ListFault, readGroups } from './target-groups.ts';

/** A change counts once it is seen twice, because a file may be half written. */
const SETTLE_MS = 200;

interface FileSourceOptions {
  readonly plan: FilePlan;
  readonly probes: ReadonlySet<string>;
  readonly telling: SourceTelling;
}

/** The source, and what tells it of changes. */
export class FileSource extends PolledSource {
  readonly #hints: FolderHints;

  constructor({ plan, probes, telling }: FileSourceOptions) {
    const files = new TargetFiles(plan, probes);
    super({
      kind: 'file_sd',
      source: plan.patterns.join(' '),
      read: () => files.read(),
      retryMs: LOOK_AGAIN_MS,
      telling,
    });
    this.#hints = new FolderHints(plan.patterns.map(dirname), () => {
      this.readAgain();
    });
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    this.#hints[Symbol.dispose]();
  }
}

/** The contents of a file when it was last read. */
interface FileState {
  readonly stamp: string;
  /** The last good ones. */
  readonly found: readonly FoundTarget[];
  readonly error: string | undefined;
}

class TargetFiles {
  readonly #plan: FilePlan;
  readonly #probes: ReadonlySet<string>;
  /** By path. */
  #files: ReadonlyMap<string, FileState> = new Map();
  #found: readonly FoundTarget[] = [];

  constructor(plan: FilePlan, probes: ReadonlySet<string>) {
    this.#plan = plan;
    this.#probes = probes;
  }

  async read(): Promise<Reading> {
    const errors: string[] = [];
    const files = new Map<string, FileState>();
    for (const pattern of this.#plan.patterns) {
      for (const path of await pathsOf(pattern, errors)) {
        files.set(path, await this.#readFile(path, this.#files.get(path)));
      }
    }
    const isSame =
      files.size === this.#files.size &&
      [...files].every(([path, { found }]) => this.#files.get(path)?.found === found);
    if (!isSame) this.#found = [...files.values()].flatMap(({ found }) => found);
    this.#files = files;
    for (const { error } of files.values()) if (error !== undefined) errors.push(error);
    return { found: this.#found, refreshMs: LOOK_AGAIN_MS, error: errors[0] };
  }

  async #readFile(path: string, before: FileState | undefined): Promise<FileState> {
    try {
      const text = await settledText(path, before);
      const stamp = stampOf(text);
      if (before?.stamp === stamp) return before;
      const { value } = await parseYaml(text);
      const found = readGroups(value, { ...this.#plan, probes: this.#probes });
      return { stamp, found, error: undefined };
    } catch (error) {
      const state = { stamp: '', found: before?.found ?? [] };
      return { ...state, error: `${basename(path)}: ${problemOf(error)}` };
    }
  }
}

function problemOf(error: unknown): string {
  if (error instanceof YamlFault && error.position !== undefined) {
    const { line, column } = error.position;
    return `line ${line}, column ${column}: it ${error.message}`;
  }
  if (error instanceof ListFault) return error.message;
  return error instanceof Error ? `it ${error.message}` : '';
}

/** The text once it no longer changes. */
async function settledText(path: string, before: FileState | undefined): Promise<string> {
  let text = await readTextFile(path);
  if (before === undefined || before.stamp === stampOf(text)) return text;
  for (let looks = 0; looks < 10; looks++) {
    await pause(SETTLE_MS, undefined, { ref: false });
    const again = await readTextFile(path);
    if (again === text) break;
    text = again;
  }
  return text;
}

function stampOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The files of a pattern, sorted. A name that begins with a dot is hidden from `*`, as in a shell. */
async function pathsOf(pattern: string, errors: string[]): Promise<readonly string[]> {
  const [folder, name] = [dirname(pattern), basename(pattern)];
  if (!name.includes('*')) return [pattern];
  const parts = name
    .split('*')
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  const matching = new RegExp(`^${parts.join('.*')}$`, 's');
  const isShown = (entry: string): boolean => name.startsWith('.') || !entry.startsWith('.');
  try {
    const entries = await readdir(folder);
    return entries
      .filter((entry) => isShown(entry) && matching.test(entry))
      .sort()
      .map((entry) => join(folder, entry));
  } catch (error) {
    errors.push(`the folder ${folder} can't be read (${systemCodeOf(error)})`);
    return [];
  }
}
