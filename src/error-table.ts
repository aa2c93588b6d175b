// SPDX-License-Identifier: MIT
// The one table of errors: the kind of each code, when it is raised, and its message.
// A code never changes inside a major version; its wording may. docs/errors.md equals the table, by test.

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

/** The table: code → kind, when it is raised, and its message made from data. */
export const ERRORS = {
  ECHOGRAM_ERR_OPTION_VALUE: define(
    'option',
    'An option has a value outside its rule.',
    // A secret is left out.
    (d: { option: string; rule: string; value?: unknown; remedy?: string }) =>
      `${d.option} must be ${d.rule}${'value' in d ? `, got ${describeValue(d.value)}` : ''}${d.remedy === undefined ? '' : `; ${d.remedy}`}`,
  ),
  ECHOGRAM_ERR_OPTION_UNKNOWN: define(
    'option',
    'An option has a name that the call does not know.',
    (d: { option: string; nearest?: string; known: readonly string[] }) =>
      `${d.option} is not an option; ${d.nearest === undefined ? `known are ${d.known.join(', ')}` : `did you mean ${d.nearest}?`}`,
  ),
  ECHOGRAM_ERR_RESULT_FILE: define(
    'option',
    'A file does not hold the result of a measurement, or holds one with a schema that this version does not know.',
    (d: { file: string; reason: string }) => `cannot show ${d.file}: ${d.reason}`,
  ),
  ECHOGRAM_ERR_MESSAGE_LENGTH: define(
    'option',
    'A message is longer than one UDP datagram can carry over the chosen IP version.',
    (d: { payloadBytes: number; limitBytes: number; ipVersion: 4 | 6; isCut?: boolean }) =>
      `the message must be at most ${d.limitBytes} bytes, the most one datagram carries over IPv${d.ipVersion}, got ${d.isCut === true ? 'at least ' : ''}${d.payloadBytes} bytes; send it in parts`,
  ),
  ECHOGRAM_ERR_FLOOD: define(
    'option',
    'More than 1,000 probes a second would go to another host, and the option that allows it was not given.',
    (d: { address: string; ratePps: number; option: string }) =>
      `${d.ratePps} probes a second to ${d.address} need ${d.option}: more than 1000 a second to another host can fill a slow path, and look like an attack`,
  ),
  ECHOGRAM_ERR_BROADCAST: define(
    'option',
    'The system refuses to send to the address unless broadcasting is allowed.',
    (d: Endpoint & { option: string } & SystemFailure) =>
      `cannot send to ${d.host} port ${d.port} without ${d.option}: the address is a broadcast address, which every host of a network may answer, or a firewall forbids it (${d.systemCode})`,
  ),
  ECHOGRAM_ERR_HOST_UNRESOLVED: define(
    'socket',
    'A host name gives no address of the wanted IP version.',
    (d: { host: string; ipVersion?: 4 | 6 } & SystemFailure) =>
      `cannot resolve host "${d.host}"${d.ipVersion === undefined ? '' : ` over IPv${d.ipVersion}`} (${d.systemCode}); ${resolveRemedy(d)}`,
  ),
  ECHOGRAM_ERR_BIND: define(
    'socket',
    'A socket cannot be bound to its address and port.',
    (d: Endpoint & SystemFailure) => `cannot bind ${d.host} port ${d.port}: ${bindReason(d)}`,
  ),
  ECHOGRAM_ERR_WILDCARD_EMPTY: define(
    'socket',
    'A wildcard host was given, and this host has no address of that IP version.',
    (d: { host: string }) =>
      `cannot bind ${d.host}: this host has no address of that IP version; give an address, or another IP version`,
  ),
  ECHOGRAM_ERR_ENGINE: define(
    'socket',
    'The engine that was chosen cannot run here.',
    (d: { engine: string; reason: string }) =>
      `the ${d.engine} engine can't run here: ${d.reason}${d.engine === 'linux' ? '; choose the portable engine, or auto' : ''}`,
  ),
  ECHOGRAM_ERR_NEEDS_LINUX: define(
    'socket',
    'An option needs the Linux engine, but the portable one would run.',
    (d: { option: string; reason: string }) =>
      `${d.option} needs the linux engine: ${d.reason}; leave ${d.option} out, or run where that engine can`,
  ),
  ECHOGRAM_ERR_SERVER_FAILED: define(
    'socket',
    'A running server can no longer answer.',
    (d: { engine: string; reason: string }) =>
      `the server has ended because it can no longer answer: ${d.reason} (${d.engine} engine)`,
  ),
  ECHOGRAM_ERR_METRICS: define(
    'socket',
    'The metrics endpoint cannot listen at its address and port.',
    (d: Endpoint & SystemFailure) =>
      `cannot serve metrics at ${d.host} port ${d.port}: ${bindReason(d)}`,
  ),
  ECHOGRAM_ERR_WEB: define(
    'socket',
    'The live page cannot listen at its address and port.',
    (d: Endpoint & SystemFailure) =>
      `cannot show a live page at ${d.host} port ${d.port}: ${bindReason(d)}`,
  ),
  ECHOGRAM_ERR_SEND: define(
    'socket',
    'The system refused to send a datagram.',
    (d: Endpoint & { address?: string } & SystemFailure) =>
      `cannot send to ${d.host} port ${d.port}: ${sendReason(d.address ?? d.host, d.systemCode)}`,
  ),
  ECHOGRAM_ERR_PORT_CLOSED: define(
    'protocol',
    'ICMP "port unreachable" came: nothing listens on that port, or a firewall on the way says so.',
    (d: Endpoint & { addresses: readonly string[]; isSenderKnown: boolean }) =>
      !d.isSenderKnown
        ? `nothing listens on ${d.host} port ${d.port}, or a firewall on the way says so (ICMP port unreachable when ${d.addresses.join(', ')} was asked; the system does not tell who sent it); start the server, or check the port`
        : `nothing listens on ${d.host} port ${d.port} (ICMP port unreachable from ${d.addresses.join(', ')}); start the server, or check the port`,
  ),
  ECHOGRAM_ERR_ICMP: define(
    'protocol',
    'No reply came before the timeout, but another ICMP error did, from the host, a router or this host.',
    (d: Endpoint & { timeoutMs: number; datagramsSent: number; icmp: string }) =>
      `no reply from ${d.host} port ${d.port} within ${d.timeoutMs} ms (${d.datagramsSent} ${d.datagramsSent === 1 ? 'datagram' : 'datagrams'} sent), but ICMP "${d.icmp}"; the system does not tell who sent it: the host, a router or this host`,
  ),
  ECHOGRAM_ERR_PATH_LIMIT: define(
    'protocol',
    'The datagram is too long for a router on the path (ICMP "fragmentation needed"), and no retry was left for the system to split it.',
    (d: Endpoint & { payloadBytes: number; datagramsSent: number }) =>
      `a message of ${d.payloadBytes} bytes makes a packet too long for the path to ${d.host} port ${d.port} (ICMP fragmentation needed); the system now splits it, so send it again, allow retries, or send less`,
  ),
  ECHOGRAM_ERR_NO_REPLY: define(
    'protocol',
    'No reply came before the timeout, after all retries.',
    (d: Endpoint & { timeoutMs: number; datagramsSent: number }) =>
      `no reply from ${d.host} port ${d.port} within ${d.timeoutMs} ms (${d.datagramsSent} ${d.datagramsSent === 1 ? 'datagram' : 'datagrams'} sent); the request or the reply was lost, filtered or refused`,
  ),
} as const;

/** A message shows no more of a wrong value: it may be a whole file from standard input. */
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

function resolveRemedy({ systemCode, ipVersion }: { ipVersion?: 4 | 6 } & SystemFailure): string {
  if (systemCode === 'EAFNOSUPPORT' && ipVersion !== undefined) {
    const own = ipVersion === 4 ? 6 : 4;
    return `it is an IPv${own} address; give one of IPv${ipVersion}, or use IPv${own}`;
  }
  if (systemCode === 'EAI_AGAIN') {
    return 'no name server answers; check the network and /etc/hosts, or give an IP address';
  }
  return 'check its spelling, or give an IP address';
}

function bindReason({ systemCode, port }: Endpoint & SystemFailure): string {
  switch (systemCode) {
    case 'EADDRINUSE':
      return 'the port is in use (EADDRINUSE); stop the program that holds it, or choose another port (0 picks a free one)';
    case 'EACCES':
      return `permission denied (EACCES); ports below 1024 need root or CAP_NET_BIND_SERVICE, so choose a port from 1024 up, or allow this one (Linux: sysctl net.ipv4.ip_unprivileged_port_start=${port})`;
    case 'ENODEV':
      return 'no interface has the name after the % (ENODEV); check it with `ip address`';
    case 'EADDRNOTAVAIL':
      return 'this host does not have the address, or is still checking that no other host has it (EADDRNOTAVAIL); give one of its own addresses';
    case 'EMFILE':
      return 'too many open files (EMFILE); raise the limit (ulimit -n), or ask for fewer workers';
    case 'ENOSYS':
    case 'EPERM':
      return `the system does not allow it (${systemCode}); a sandbox or a security policy forbids the call`;
    default:
      return `the system refused it (${systemCode}); check the address and the port`;
  }
}

function sendReason(address: string, systemCode: string): string {
  switch (systemCode) {
    case 'EINVAL':
    case 'ENODEV':
      return zoneReason(address, systemCode);
    case 'EADDRNOTAVAIL':
      return 'this host has no address that can reach it (EADDRNOTAVAIL): none is set up, or IPv6 is still checking it (tentative); try again in a few seconds, and see `ip address`';
    case 'ENETUNREACH':
      return 'no route to that network (ENETUNREACH); check the address and the routing table';
    case 'EHOSTUNREACH':
      return 'the host is unreachable (EHOSTUNREACH); check the address and the path';
    case 'EACCES':
      return 'prohibited (EACCES); a route of this host prohibits it (`ip route get` shows it), the address is a broadcast address, or a firewall of this host forbids it';
    case 'EPERM':
      return 'not permitted (EPERM); a local firewall forbids it';
    case 'ENOSYS':
      return 'the system does not have the call, or a sandbox forbids it (ENOSYS)';
    case 'EMSGSIZE':
      return "the datagram is longer than the system's limit (EMSGSIZE); send less";
    default:
      return `the system refused it (${systemCode})`;
  }
}

/** Link-local, fe80::/10, is on each interface another network (RFC 4007 section 6). */
function zoneReason(asked: string, systemCode: string): string {
  const [address = '', zone] = asked.split('%');
  if (zone !== undefined) {
    return `no interface here has the name or number ${zone} (${systemCode}); check it with \`ip address\``;
  }
  if (systemCode === 'EINVAL' && /^fe[89ab]/i.test(address)) {
    return `a link-local address needs the interface it is on, as in ${address}%eth0 (EINVAL); see \`ip address\``;
  }
  return `the system refused it (${systemCode})`;
}
