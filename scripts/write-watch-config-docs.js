// Writes docs/watch-config.md from the schema of a watch's configuration. With --check it writes nothing and fails if
// the file is stale.

import { readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { writePage } from './generated-page.js';

const FILE = 'docs/watch-config.md';

const schema = JSON.parse(readFileSync('schema/echogram.watch-1.json', 'utf8'));

/** The heading of each part, in the order of the page. */
const PARTS = [
  ['Top level', schema],
  ['An entry of `probes`', schema.$defs.ProbeConfig],
  ['A source of `targets`', schema.$defs.TargetSource],
  ['An entry of `static`', schema.$defs.StaticTarget],
  ['`http_sd`', schema.$defs.HttpSource],
  ['`dns`', schema.$defs.DnsSource],
  ['An entry of `alerts`', schema.$defs.AlertRule],
  ['`notify`', schema.$defs.NotifyConfig],
  ['`history`', schema.$defs.HistoryConfig],
  ['`limits`', schema.$defs.LimitsConfig],
];

const HEAD = `# The configuration of a watch

\`echogram watch --config watch.yaml\` reads one file in YAML 1.2, which includes JSON. \`echogram watch --check --config
watch.yaml\` checks it and prints what it would probe. The library's \`watch()\` takes the same object.
The repository's examples/watch.yaml has each part, and
[schema/echogram.watch-1.json](../schema/echogram.watch-1.json) is its JSON schema, which editors can use.

An error names the file, line, column, rule and remedy. At the start, the program then exits with code 2. At a reload, the
previous configuration stays in force, and a metric shows the failure. Unknown keys, duplicate keys, duplicate targets,
files longer than 16 MiB and more than 10,000 targets are errors. Anchors, aliases and merge keys (\`<<\`) work.

A duration is a number with its unit: \`10ms\`, \`1s\`, \`2m\`, \`24h\`.

## Keys
`;

const TAIL = `
## Targets

A target is identified by its name, its probe and, if the probe asks for one, its IP version: \`fra default\`, \`fra voice
ipv6\`. A target that keeps these across a reload keeps its sockets, sequence numbers and counters, whatever else changes.
If sources return several targets with the same identity, the first one counts. In the file itself that is an error.
All together, a watch probes at most 10,000 targets: the first ones in the order of the configuration. A source whose
targets do not all fit reports it as its error, and by the event \`discovery_failed\`. So list the file's own targets
before the sources.

Label names are those that Prometheus allows. Names that begin with \`__\`, and target, probe, flow, direction, address,
family, protocol, le, quantile, instance and job can't be used.

## Lists from files and URLs

\`file_sd\` and \`http_sd\` read the format of Prometheus:

\`\`\`json
[{ "targets": ["fra.example.net:10000", "192.0.2.7"], "labels": { "site": "fra", "__probe__": "voice" } }]
\`\`\`

Labels that begin with \`__\` are dropped, except two: \`__target__\` is the name of a target, and \`__probe__\` names an
entry of \`probes\`. Labels that the metrics themselves have, such as \`job\`, are dropped too. A list with an error is
rejected as a whole: the last good list stays, the event \`discovery_failed\` gives the reason, and the source's failures
are counted.

Files are read again when their folder changes, and every 5 s; their content decides whether they changed. So the swap of
the \`..data\` link of a Kubernetes ConfigMap is noticed. A change counts only if the file is still the same 200 ms later,
because it may be half written. A file that a \`*\` found takes its targets along when it goes; one that is named keeps
its last good list, and its absence is an error.

URLs are requested with GET and the header \`X-Prometheus-Refresh-Interval-Seconds\`. An answer must arrive within 10 s, or
within \`refresh\` if that is shorter, and have at most 16 MiB. Redirects are followed, but user and password are sent only
to the first origin. Logs never show user, password or query. The answer must be JSON, whatever its content type.
Start the watch with \`NODE_EXTRA_CA_CERTS=ca.crt\` if it must trust a certificate authority of your own.

## Names

Names are looked up in /etc/hosts, then by the name servers of /etc/resolv.conf, with its search list and \`ndots\`. Other
sources of nsswitch.conf, such as mDNS and LDAP, are not used. \`localhost\` is always the loopback address. At most 16
names are looked up at the same time, each for at most 10 s. Probing continues meanwhile.

An answer is valid for its time to live, but at least 5 s and at most 5 min. An address that is still among the answers
is kept. A name that can't be looked up keeps its last good address and is tried again after 5 s, then less and less
often, down to once a minute. Each failure is counted; the events \`resolve_failed\` and \`resolved\` report only the
changes. A name that has never been resolved does not stop the watch.

With \`family: any\`, a name's IPv6 address is used if this host has an IPv6 address that reaches beyond its link,
otherwise its IPv4 address. No trial datagram is sent. Choose \`both\` to watch both.

## A mesh

Each node runs \`echogram serve\` and \`echogram watch\`, with a \`dns\` source that lists all nodes. This host's own
addresses are left out. A name counts as gone after the third such answer in a row, because a name server that has just
started may give one too.

\`max_peers\` chooses by a hash of this node's name and each peer's address. When a peer comes or goes, a node's choice
changes by that peer and at most one other. With \`identity_port\`, each peer is asked for
\`http://ADDRESS:PORT/identity\`, which \`serve --identity\` answers. Its name becomes the name of the target, and its zone
the label \`zone\`. A peer that returns no name within 2 s is named by its address until it does. It is asked again each
minute, as its zone may change too. If two addresses have the same name, the one that was there first is probed until it
goes.

## Limits

Beyond loopback, one address gets at most 1,000 probes per second, over all targets with that address, and all addresses
together get at most 10,000. \`limits\` can allow more. If the targets in the file exceed these limits, the file is
rejected. Targets that sources add beyond the limits are not probed, and their status says so. Broadcast, multicast and
wildcard addresses are never probed.
`;

const sections = PARTS.map(([heading, part]) => `### ${heading}\n\n${tableOf(part)}\n`);
const page = `${HEAD}\n${sections.join('\n')}${TAIL}`;
writePage(
  FILE,
  await format(page, { ...(await resolveConfig(FILE)), filepath: FILE }),
  'npm run docs:schema',
);

function tableOf({ properties, required = [] }) {
  const rows = Object.entries(properties).map(([name, field]) => {
    const key = required.includes(name) ? `\`${name}\` (required)` : `\`${name}\``;
    return `| ${key} | ${valueOf(field)} | ${field.description} |`;
  });
  return ['| key | value | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function valueOf({
  $ref,
  type,
  enum: words,
  anyOf,
  minimum,
  maximum,
  items,
  additionalProperties,
}) {
  if ($ref !== undefined) return 'object';
  if (anyOf !== undefined) return anyOf.map(valueOf).join(' or ');
  if (words !== undefined) return words.map((word) => `\`${word}\``).join(', ');
  const range = minimum === undefined ? '' : ` from ${minimum} to ${maximum}`;
  const names = { string: 'text', integer: `whole number${range}`, boolean: '`true` or `false`' };
  if (type === 'array') return `list of ${plural(items)}`;
  if (type === 'object') return `map of names to ${plural(additionalProperties)}`;
  return [type]
    .flat()
    .map((each) => names[each])
    .join(' or ');
}

function plural(field) {
  const value = valueOf(field);
  return value.replaceAll(/\b(text|object)\b/g, '$1s');
}
