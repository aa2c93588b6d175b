// SPDX-License-Identifier: MIT
// The one table of errors: the kind of each code, when it is raised, and its message. A code never changes within a
// major version; its wording may. A test keeps docs/errors.md equal to the table.

import { countOf } from './quantities.ts';

/** What kind of fault a code names: the caller's mistake, a failed system call, or the peer's silence. */
export type ErrorKind = 'option' | 'socket' | 'protocol';

interface Definition<Kind extends ErrorKind, Data> {
  readonly kind: Kind;
  /** Says when it is raised: the text of docs/errors.md. */
  readonly when: string;
  readonly message: (data: Data) => string;
}

function define<Kind extends ErrorKind, Data>(
  kind: Kind,
  when: string,
  message: (data: Data) => string,
): Definition<Kind, Data> {
  return { kind, when, message };
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

interface SystemFailure {
  /** Node's name of the system error: `EADDRINUSE`, `ENOTFOUND`, … */
  readonly systemCode: string;
}

interface ConfigFault {
  /** None for a configuration that did not come from a file. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  readonly column?: number;
  /** `targets[0].static[1].labels.site`, or what is wrong as a whole. */
  readonly place: string;
  /** Follows the place: `must be …`. */
  readonly problem: string;
  readonly value?: unknown;
  readonly remedy?: string;
}

/** The table: code → kind, when it is raised, and its message made from data. */
export const ERRORS = {
  ECHOGRAM_ERR_OPTION_VALUE: define(
    'option',
    'An option has a value that breaks its rule.',
    // A secret is left out.
    (d: { option: string; rule: string; value?: unknown; remedy?: string }) =>
      `${d.option} must be ${d.rule}${'value' in d ? `, got ${describeValue(d.value)}` : ''}${d.remedy === undefined ? '' : `; ${d.remedy}`}`,
  ),
  ECHOGRAM_ERR_OPTION_UNKNOWN: define(
    'option',
    'An option has an unknown name.',
    (d: { option: string; nearest?: string; known: readonly string[] }) =>
      `${d.option} is not an option; ${d.nearest === undefined ? `known options are ${d.known.join(', ')}` : `did you mean ${d.nearest}?`}`,
  ),
  ECHOGRAM_ERR_RESULT_FILE: define(
    'option',
    'A file does not contain a measurement result, or its schema is unknown to this version.',
    (d: { file: string; reason: string }) => `cannot show ${d.file}: ${d.reason}`,
  ),
  ECHOGRAM_ERR_WATCH_CONFIG: define(
    'option',
    'The configuration of a watch breaks a rule, or its file can’t be read.',
    (d: ConfigFault) =>
      `${configPosition(d)}${d.place} ${d.problem}${'value' in d ? `, got ${describeValue(d.value)}` : ''}${d.remedy === undefined ? '' : `; ${d.remedy}`}`,
  ),
  ECHOGRAM_ERR_MESSAGE_LENGTH: define(
    'option',
    'A message is too long for one UDP datagram over the chosen IP version.',
    (d: { payloadBytes: number; limitBytes: number; ipVersion: 4 | 6; isCut?: boolean }) =>
      `the message must be at most ${d.limitBytes} bytes, the maximum for one datagram over IPv${d.ipVersion}, got ${d.isCut === true ? 'at least ' : ''}${d.payloadBytes} bytes; send it in parts`,
  ),
  ECHOGRAM_ERR_FLOOD: define(
    'option',
    'The rate to another host exceeds 1,000 probes per second, and the option that allows it was not given.',
    (d: { address: string; ratePps: number; option: string }) =>
      `${d.ratePps} probes per second to ${d.address} need ${d.option}: more than 1000 per second to another host can fill a slow path and look like an attack`,
  ),
  ECHOGRAM_ERR_BROADCAST: define(
    'option',
    'The system refuses to send to the address unless broadcasting is allowed.',
    (d: Endpoint & { option: string } & SystemFailure) =>
      `cannot send to ${d.host} port ${d.port} without ${d.option}: it is a broadcast address, which every host on the network may answer, or a firewall forbids it (${d.systemCode})`,
  ),
  ECHOGRAM_ERR_HOST_UNRESOLVED: define(
    'socket',
    'A host name does not resolve to an address of the requested IP version.',
    (d: { host: string; ipVersion?: 4 | 6; hint?: string } & SystemFailure) =>
      `cannot resolve host "${d.host}"${d.ipVersion === undefined ? '' : ` over IPv${d.ipVersion}`} (${d.systemCode}); ${resolveRemedy(d)}${d.hint === undefined ? '' : `; ${d.hint}`}`,
  ),
  ECHOGRAM_ERR_BIND: define(
    'socket',
    'A socket cannot be bound to its address and port.',
    (d: Endpoint & SystemFailure) => `cannot bind ${d.host} port ${d.port}: ${bindReason(d)}`,
  ),
  ECHOGRAM_ERR_PASSED_SOCKET: define(
    'option',
    'A passed descriptor is not a socket that a server can answer on.',
    (d: { fd: number; rule: string; found: string; remedy: string }) =>
      `the passed descriptor ${d.fd} must be ${d.rule}, got ${d.found}; ${d.remedy}`,
  ),
  ECHOGRAM_ERR_WILDCARD_EMPTY: define(
    'socket',
    'The host is a wildcard address, but this host has no address of that IP version.',
    (d: { host: string }) =>
      `cannot bind ${d.host}: this host has no address of that IP version; give a specific address or use the other IP version`,
  ),
  ECHOGRAM_ERR_ENGINE: define(
    'socket',
    'The selected engine cannot run here.',
    (d: { engine: string; reason: string }) =>
      `the ${d.engine} engine can't run here: ${d.reason}${d.engine === 'linux' ? '; use the portable engine or auto' : ''}`,
  ),
  ECHOGRAM_ERR_NEEDS_LINUX: define(
    'socket',
    'An option needs the Linux engine, but the portable engine would run.',
    (d: { option: string; reason: string }) =>
      `${d.option} needs the linux engine: ${d.reason}; remove ${d.option}, or run where the linux engine is available`,
  ),
  ECHOGRAM_ERR_SERVER_FAILED: define(
    'socket',
    'A running server can no longer answer.',
    (d: { engine: string; reason: string }) =>
      `the server stopped because it can no longer answer: ${d.reason} (${d.engine} engine)`,
  ),
  ECHOGRAM_ERR_RELAY_FAILED: define(
    'socket',
    'A running relay can no longer receive.',
    (d: { reason: string }) => `the relay stopped because it can no longer receive: ${d.reason}`,
  ),
  ECHOGRAM_ERR_WATCH_FAILED: define(
    'socket',
    'A running watch can no longer probe.',
    (d: { engine: string; reason: string }) =>
      `the watch stopped because it can no longer probe: ${d.reason} (${d.engine} engine)`,
  ),
  ECHOGRAM_ERR_METRICS: define(
    'socket',
    'The metrics endpoint cannot listen at its address and port.',
    (d: Endpoint & SystemFailure) =>
      `cannot serve metrics at ${d.host} port ${d.port}: ${bindReason(d)}`,
  ),
  ECHOGRAM_ERR_WEB: define(
    'socket',
    'The page of a measurement or of a watch cannot listen at its address and port.',
    (d: Endpoint & SystemFailure) =>
      `cannot show a page at ${d.host} port ${d.port}: ${bindReason(d)}`,
  ),
  ECHOGRAM_ERR_SEND: define(
    'socket',
    'The system refused to send a datagram.',
    (d: Endpoint & { address?: string } & SystemFailure) =>
      `cannot send to ${d.host} port ${d.port}: ${sendReason(d.address ?? d.host, d.systemCode)}`,
  ),
  ECHOGRAM_ERR_PORT_CLOSED: define(
    'protocol',
    'ICMP "port unreachable" arrived: nothing listens on that port, or a firewall on the path rejects the datagram.',
    (d: Endpoint & { addresses: readonly string[]; isSenderKnown: boolean; command: string }) =>
      !d.isSenderKnown
        ? `nothing listens on ${d.host} port ${d.port}, or a firewall on the path rejects the datagram (ICMP port unreachable for ${d.addresses.join(', ')}; the system does not say who sent it); start the server there with \`${d.command}\`, or check the port`
        : `nothing listens on ${d.host} port ${d.port} (ICMP port unreachable from ${d.addresses.join(', ')}); start the server with \`${d.command}\`, or check the port`,
  ),
  ECHOGRAM_ERR_ICMP: define(
    'protocol',
    'No reply arrived before the timeout, but another ICMP error did, from the target, a router or this host.',
    (d: Endpoint & { timeoutMs: number; datagramsSent: number; icmp: string }) =>
      `no reply from ${d.host} port ${d.port} within ${d.timeoutMs} ms (${countOf(d.datagramsSent, 'datagram')} sent), but ICMP "${d.icmp}"; the system does not say whether the target, a router or this host sent it`,
  ),
  ECHOGRAM_ERR_PATH_LIMIT: define(
    'protocol',
    'The datagram is too long for the path (ICMP "fragmentation needed"), and no retry was left for the system to fragment it.',
    (d: Endpoint & { payloadBytes: number; datagramsSent: number }) =>
      `a message of ${d.payloadBytes} bytes is too long for the path to ${d.host} port ${d.port} (ICMP fragmentation needed); the system will now fragment it, so send it again, allow retries, or send less`,
  ),
  ECHOGRAM_ERR_NO_REPLY: define(
    'protocol',
    'No reply arrived before the timeout, after all retries.',
    (d: Endpoint & { timeoutMs: number; datagramsSent: number }) =>
      `no reply from ${d.host} port ${d.port} within ${d.timeoutMs} ms (${countOf(d.datagramsSent, 'datagram')} sent); the request or the reply was lost, filtered or refused`,
  ),
} as const;

/** Messages truncate a wrong value to this length: it may be a whole file from standard input. */
const SHOWN_VALUE_CHARACTERS = 80;

function describeValue(value: unknown): string {
  if (typeof value === 'string') return describeString(value);
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
    return `\`${value}\` (${typeof value})`;
  }
  return value === null || value === undefined ? String(value) : `a value of type ${typeof value}`;
}

function describeString(text: string): string {
  if (text.length <= SHOWN_VALUE_CHARACTERS) return `\`${text}\``;
  return `\`${text.slice(0, SHOWN_VALUE_CHARACTERS)}…\` (${text.length} characters)`;
}

/** As compilers write it, so that editors find it. */
function configPosition({ file, line, column }: ConfigFault): string {
  if (file === undefined) return '';
  return line === undefined ? `${file}: ` : `${file}:${line}:${column}: `;
}

function resolveRemedy({ systemCode, ipVersion }: { ipVersion?: 4 | 6 } & SystemFailure): string {
  if (systemCode === 'EAFNOSUPPORT' && ipVersion !== undefined) {
    const own = ipVersion === 4 ? 6 : 4;
    return `it is an IPv${own} address; give an IPv${ipVersion} address, or use IPv${own}`;
  }
  if (systemCode === 'EAI_AGAIN') {
    return 'no name server answered; check the network and /etc/hosts, or give an IP address';
  }
  return 'check the spelling, or give an IP address';
}

function bindReason({ systemCode, port }: Endpoint & SystemFailure): string {
  switch (systemCode) {
    case 'EADDRINUSE':
      return 'the port is in use (EADDRINUSE); stop the program that uses it, or choose another port (0 picks a free one)';
    case 'EACCES':
      return `permission denied (EACCES); ports below 1024 need root or CAP_NET_BIND_SERVICE; choose a port of 1024 or above, or allow this one (Linux: sysctl net.ipv4.ip_unprivileged_port_start=${port}; systemd: a socket unit, or AmbientCapabilities= with PrivateUsers=no)`;
    case 'ENODEV':
      return 'no interface has the name after the % (ENODEV); list them with `ip address`';
    case 'EADDRNOTAVAIL':
      return 'this host does not have that address, or is still checking that no other host uses it (EADDRNOTAVAIL); give an address of this host';
    case 'EMFILE':
      return 'too many open files (EMFILE); raise the limit (ulimit -n) or use fewer workers';
    case 'ENOSYS':
    case 'EPERM':
      return `the system does not allow it (${systemCode}); a sandbox or security policy forbids the call`;
    default:
      return `the system refused it (${systemCode}); check the address and port`;
  }
}

function sendReason(address: string, systemCode: string): string {
  switch (systemCode) {
    case 'EINVAL':
    case 'ENODEV':
      return zoneReason(address, systemCode);
    case 'EADDRNOTAVAIL':
      return 'this host has no source address that can reach it (EADDRNOTAVAIL): none is configured, or IPv6 is still checking it (tentative); check `ip address` and try again in a few seconds';
    case 'ENETUNREACH':
      return 'no route to that network (ENETUNREACH); check the address and the routing table';
    case 'EHOSTUNREACH':
      return 'the host is unreachable (EHOSTUNREACH); check the address and the path';
    case 'EACCES':
      return 'prohibited (EACCES): a route on this host prohibits it (see `ip route get`), it is a broadcast address, or a firewall on this host forbids it';
    case 'EPERM':
      return 'not permitted (EPERM); a local firewall forbids it';
    case 'ENOSYS':
      return 'the system lacks the call, or a sandbox forbids it (ENOSYS)';
    case 'EMSGSIZE':
      return "the datagram is longer than the system's limit (EMSGSIZE); send less";
    default:
      return `the system refused it (${systemCode})`;
  }
}

/** Link-local addresses (fe80::/10) are scoped to one interface (RFC 4007 section 6). */
function zoneReason(asked: string, systemCode: string): string {
  const [address = '', zone] = asked.split('%');
  if (zone !== undefined) {
    return `no interface here has the name or number ${zone} (${systemCode}); list them with \`ip address\``;
  }
  if (systemCode === 'EINVAL' && /^fe[89ab]/i.test(address)) {
    return `a link-local address needs its interface, as in ${address}%eth0 (EINVAL); list interfaces with \`ip address\``;
  }
  return `the system refused it (${systemCode})`;
}
