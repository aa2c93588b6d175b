// Reads Prometheus' text format (version 0.0.4), as far as our metrics use it: no escapes, no times.

import assert from 'node:assert/strict';

const LINE = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/;

export interface ScrapedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One scrape: each sample by its line without the value, such as `up{job="echogram"}`. */
export async function scrape(url: string): Promise<ReadonlyMap<string, ScrapedSample>> {
  const response = await fetch(url);
  assert.equal(response.status, 200);
  return readExposition(await response.text());
}

export function readExposition(text: string): ReadonlyMap<string, ScrapedSample> {
  const samples = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line): [string, ScrapedSample] => {
      const [, name = '', labels = '', value = ''] = LINE.exec(line) ?? assert.fail(line);
      return [
        line.replace(/ \S+$/, ''),
        { name, labels: readLabels(labels), value: Number(value) },
      ];
    });
  return new Map(samples);
}

function readLabels(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([a-z]+)="([^"]*)"/g)];
  return Object.fromEntries(pairs.map(([, label = '', value = '']) => [label, value]));
}
