// SPDX-License-Identifier: MIT
// Parses YAML (1.2, of which JSON is a subset) to a value, with the position of each part.

import type { Document, Node, ParsedNode } from 'yaml';

/** From 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** Why a text is not one value. */
export class YamlFault extends Error {
  readonly position: TextPosition | undefined;

  constructor(problem: string, position?: TextPosition) {
    super(problem);
    this.position = position;
  }
}

export interface ParsedYaml {
  readonly value: unknown;
  /** The position of a part of the value, or of its nearest existing ancestor; or of its name instead. */
  positionOf(path: readonly (string | number)[], isOfName?: boolean): TextPosition;
}

/** @throws YamlFault for a text that is not YAML, has a duplicate key, or expands by aliases */
export async function parseYaml(text: string): Promise<ParsedYaml> {
  // Loaded here, because only a watch with a file needs it.
  const { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const at = (offset: number): TextPosition => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const document = withinStack(() =>
    parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true }),
  );
  const [wrong] = [...document.errors, ...document.warnings];
  if (wrong !== undefined) throw new YamlFault(problemOf(wrong), at(wrong.pos[0]));
  if (document.contents === null || isEmptyScalar(document.contents)) {
    throw new YamlFault('is empty');
  }

  function isEmptyScalar(node: ParsedNode): boolean {
    return isScalar(node) && node.value === null;
  }

  function partOf(node: Node, part: string | number): { key: Node; value: Node } | undefined {
    const target = isAlias(node) ? node.resolve(document) : node;
    if (isSeq(target)) {
      const item = target.items[Number(part)] as Node | undefined;
      return item === undefined ? undefined : { key: item, value: item };
    }
    if (!isMap(target)) return undefined;
    const pair = target.items.find(
      ({ key }) => isScalar(key) && String(key.value) === String(part),
    );
    if (pair === undefined) return undefined;
    return { key: pair.key as Node, value: (pair.value ?? pair.key) as Node };
  }

  return {
    value: valueOf(document),
    positionOf(path, isOfName = false) {
      let place = { key: document.contents as Node, value: document.contents as Node };
      for (const part of path) {
        const inner = partOf(place.value, part);
        if (inner === undefined) return startOf(place.value);
        place = inner;
      }
      return startOf(isOfName ? place.key : place.value);
    },
  };

  function startOf({ range }: Node): TextPosition {
    return at(range?.[0] ?? 0);
  }
}

function problemOf({ code, message }: { readonly code: string; readonly message: string }): string {
  if (code === 'DUPLICATE_KEY') return 'has a key twice';
  if (code === 'MULTIPLE_DOCS') return 'must be one YAML document';
  if (message.includes('call stack')) return 'is nested too deeply';
  return `is not valid YAML: ${message}`;
}

function valueOf(document: Document.Parsed): unknown {
  try {
    return withinStack((): unknown => document.toJS());
  } catch (error) {
    if (error instanceof ReferenceError) throw new YamlFault('has too many aliases');
    throw error;
  }
}

function withinStack<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new YamlFault('is nested too deeply');
    throw error;
  }
}
