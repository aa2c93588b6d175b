// The schemas of schema/: the name of each file, its $id, its title and what its documents call themselves are one name.

import { readdirSync, readFileSync } from 'node:fs';

export function schemaProblems() {
  return readdirSync('schema').flatMap((file) => {
    const [, name, number] = /^(echogram\.[a-z-]+)-(\d+)\.json$/.exec(file) ?? [];
    if (name === undefined) return [`schema/${file} is not called echogram.NAME-NUMBER.json`];
    const { $id, title, properties } = JSON.parse(readFileSync(`schema/${file}`, 'utf8'));
    const identifier = `${name}/${number}`;
    const stated = [
      ['$id', $id, file],
      ['title', title, identifier],
      ['properties.schema.const', properties?.schema?.const ?? identifier, identifier],
    ];
    return stated
      .filter(([, is, expected]) => is !== expected)
      .map(([where, is, expected]) => `schema/${file}: ${where} must be ${expected}, got ${is}`);
  });
}
