import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SERVER_METRICS } from '../../../src/metrics/server-metrics.ts';
import { repositoryText } from '../../helpers/repository.ts';

// The rules are those of https://prometheus.io/docs/practices/naming/.

test('every metric has a name of its own that starts with the prefix of the program', () => {
  const names = SERVER_METRICS.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^echogram_[a-z]+(?:_[a-z]+)*$/);
});

for (const { name, type, help, labels = {} } of SERVER_METRICS) {
  test(`${name} ends as a ${type} does, with a base unit, and explains itself`, () => {
    const isCounter = type === 'counter';
    assert.equal(name.endsWith('_total'), isCounter);
    // A counter says what it counts, with a verb after that or not; anything else ends with its unit.
    const unit = isCounter
      ? /_(?:datagrams|bytes|deaths|errors|connections)(?:_[a-z]+)?_total$/
      : /_(?:bytes|seconds|datagrams|workers|synchronized|info)$/;
    assert.match(name, unit);
    // Kept for the series of a histogram or summary.
    assert.doesNotMatch(name, /_(?:sum|count|bucket)$/);
    assert.match(help, /^[A-Z].*\.$/);
  });

  test(`the labels of ${name} are words that its name does not repeat`, () => {
    for (const label of Object.keys(labels)) {
      assert.match(label, /^[a-z]+$/);
      assert.ok(!name.split('_').includes(label), label);
    }
  });
}

test('docs/metrics.md has one section of serve for each metric of the table, in its order, and no other', () => {
  assert.deepEqual(
    sections().map(({ name }) => name),
    SERVER_METRICS.map(({ name }) => name),
  );
});

for (const [index, { name, type, help, labels = {} }] of SERVER_METRICS.entries()) {
  test(`docs/metrics.md tells of ${name} what the table does`, () => {
    const { text } = sections()[index] ?? assert.fail('it has no section');
    assert.match(text, new RegExp(`^\\*\\*Type:\\*\\* ${type}$`, 'm'));
    assert.ok(text.includes(`\n**Meaning:** ${help}\n`));
    for (const [label, meaning] of Object.entries(labels)) {
      if (typeof meaning === 'string') {
        assert.ok(text.includes(`\n**Label** \`${label}\`: ${meaning}\n`));
        continue;
      }
      assert.deepEqual(tableIn(text), [[`\`${label}\``, 'meaning'], ...rowsOf(meaning)]);
    }
  });
}

function rowsOf(meaning: Readonly<Record<string, string>>): string[][] {
  return Object.entries(meaning).map(([value, says]) => [`\`${value}\``, says]);
}

/** The rows of the only table in a section, without the line under its head. */
function tableIn(text: string): string[][] {
  return [...text.matchAll(/^\| (.+?) +\| (.+?) +\|$/gm)]
    .map(([, first = '', second = '']) => [first, second])
    .filter(([first = '']) => !/^-+$/.test(first));
}

function sections(): { readonly name: string; readonly text: string }[] {
  const [, serve = ''] = repositoryText('docs/metrics.md').split(/^## /m);
  const [, ...parts] = serve.split(/^### /m);
  return parts.map((text) => ({ name: /^`(.+)`$/m.exec(text)?.[1] ?? text, text }));
}
