// SPDX-License-Identifier: MIT
// Prometheus' text format, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** What a label may be called; two underscores in front are Prometheus' own. */
const LABEL_NAME = /^(?!__)[a-zA-Z_]\w*$/;

export function isLabelName(name: string): boolean {
  return LABEL_NAME.test(name);
}

/** `a="1",b="2"`: what stands between the braces. */
export function labelText(labels: Readonly<Record<string, string | number>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeValue(String(value))}"`)
    .join(',');
}

/** The lines before the samples of a metric. */
export function headText(name: string, type: string, help: string): string {
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
}

export function sampleText(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${value}\n` : `${name}{${labels}} ${value}\n`;
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`);
}

function escapeValue(text: string): string {
  return escapeHelp(text).replaceAll('"', String.raw`\"`);
}
