// Sections of CHANGELOG.md, whose form is that of https://keepachangelog.com/en/1.1.0/.

const HEADING = /^## \[(.+?)\](?: - (\d{4}-\d{2}-\d{2}))?$/;

/** The sections in their order: version (or `Unreleased`), date (`undefined` without one) and text. */
export function sectionsOf(changelog) {
  const sections = [];
  for (const line of changelog.split('\n')) {
    const [heading, version, date] = HEADING.exec(line) ?? [];
    if (heading !== undefined) sections.push({ version, date, lines: [] });
    else if (line.startsWith('## ')) throw new Error(`CHANGELOG.md: not a version: ${line}`);
    else sections.at(-1)?.lines.push(line);
  }
  return sections.map(({ version, date, lines }) => ({
    version,
    date,
    text: lines.join('\n').trim(),
  }));
}

/** The changelog of a release: what was unreleased is this version's. */
export function withRelease(changelog, version, date) {
  const heading = '\n## [Unreleased]\n';
  if (!changelog.includes(heading)) throw new Error('CHANGELOG.md has no section [Unreleased]');
  return changelog.replace(heading, `${heading}\n## [${version}] - ${date}\n`);
}
