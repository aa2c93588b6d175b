// The map of docs/architecture.md, read line by line: which files it names, and what is wrong with it.
//
// An entry is a line of one or more names, each a file or a folder with its `/`, then two spaces and a
// description. Its indent says which folder it is in. The description goes on in lines that are indented
// past the names; a file that it names is in the entry's folder, or has a path from src/ or the repository.

import { posix } from 'node:path';

const ENTRY = /^(?<indent> {0,6})(?<names>[\w./-]+(?: +[\w-]+\.ts(?= |$))*)(?: {2,}(?<text>.*))?$/;
const CONTINUED = /^ {12,}(?<text>\S.*)$/;
const FILE_IN_TEXT = /[\w./-]+\.(?:ts|js|md)\b/g;
const SPACES_PER_FOLDER = 2;

/** Paths from the repository's root, with `/`. */
export interface Tree {
  readonly files: ReadonlySet<string>;
  /** Folders of src/ that the map describes as a whole: it needs not name each of their files. */
  readonly wholes: readonly string[];
}

/**
 * What is wrong with the map: lines that name what isn't there, files of src/ that no line names, and folders that
 * needn't be described as a whole since all their files are named. Empty if nothing is.
 */
export function mapProblems(map: string, { files, wholes }: Tree): string[] {
  const reading = new Reading(files);
  for (const line of map.split('\n')) reading.read(line);
  const unnamed = [...files].filter((file) => file.startsWith('src/') && !reading.named.has(file));
  const isIn = (file: string, folder: string): boolean => posix.dirname(file) === folder;
  return [
    ...reading.problems,
    ...unnamed
      .filter((file) => !wholes.some((folder) => isIn(file, folder)))
      .map((file) => `${file} is in no line`),
    ...wholes
      .filter((folder) => !reading.named.has(folder))
      .map((folder) => `${folder}/ is in no line`),
    ...wholes
      .filter((folder) => !unnamed.some((file) => isIn(file, folder)))
      .map((folder) => `each file of ${folder}/ is named`),
  ];
}

class Reading {
  /** Files, and folders without their `/`. */
  readonly named = new Set<string>();
  readonly problems: string[] = [];
  readonly #files: ReadonlySet<string>;
  readonly #folders: ReadonlySet<string>;
  /** Where the entries of each depth are; the last is the folder of the last entry's description. */
  #path: string[] = [];

  constructor(files: ReadonlySet<string>) {
    this.#files = files;
    this.#folders = new Set([...files].flatMap(foldersOf));
  }

  read(line: string): void {
    const entry = ENTRY.exec(line)?.groups;
    if (entry !== undefined) this.#readEntry(line, entry);
    const text = entry?.['text'] ?? CONTINUED.exec(line)?.groups?.['text'];
    if (entry === undefined && text === undefined) this.problems.push(`no entry: "${line}"`);
    for (const [name] of (text ?? '').matchAll(FILE_IN_TEXT)) this.#readMention(name, line);
  }

  #readEntry(line: string, { indent = '', names = '' }: Record<string, string>): void {
    const depth = indent.length / SPACES_PER_FOLDER;
    if (depth > this.#path.length) this.problems.push(`in no folder: "${line}"`);
    const parent = this.#path[Math.min(depth, this.#path.length) - 1] ?? '';
    for (const name of names.split(/ +/)) {
      const path = posix.join(parent, name.replace(/\/$/, ''));
      const isFolder = name.endsWith('/');
      this.#name(path, isFolder ? this.#folders : this.#files, line);
      this.#path = [...this.#path.slice(0, depth), isFolder ? path : posix.dirname(path)];
    }
  }

  #readMention(name: string, line: string): void {
    const here = posix.join(this.#path.at(-1) ?? '', name);
    const places = [here, ...(name.includes('/') ? [posix.join('src', name), name] : [])];
    this.#name(places.find((place) => this.#files.has(place)) ?? here, this.#files, line);
  }

  #name(path: string, known: ReadonlySet<string>, line: string): void {
    if (known.has(path)) this.named.add(path);
    else this.problems.push(`${path} isn't there: "${line}"`);
  }
}

function foldersOf(file: string): string[] {
  const names = posix.dirname(file).split('/');
  return names.map((_name, index) => names.slice(0, index + 1).join('/'));
}
