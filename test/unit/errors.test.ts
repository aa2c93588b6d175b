import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import * as echogram from '../../src/index.ts';
import {
  createError,
  EchogramError,
  OptionError,
  ProtocolError,
  SocketError,
  systemCodeOf,
  type ErrorCode,
  type ErrorData,
} from '../../src/errors.ts';
import { ERRORS, type ErrorKind } from '../../src/error-table.ts';
import { repositoryPath, repositoryText } from '../helpers/repository.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

type Example<Code extends ErrorCode> = readonly [data: ErrorData<Code>, message: string];

// One message of each code, written by hand; docs/errors.md shows the same.
const EXAMPLES: { readonly [Code in ErrorCode]: Example<Code> } = {
  ECHOGRAM_ERR_OPTION_VALUE: [
    { option: 'port', rule: 'a whole number from 0 to 65535', value: 70_000 },
    'port must be a whole number from 0 to 65535, got `70000` (number)',
  ],
  ECHOGRAM_ERR_OPTION_UNKNOWN: [
    { option: 'PORT', nearest: 'port', known: ['host', 'port'] },
    'PORT is not an option; did you mean port?',
  ],
  ECHOGRAM_ERR_RESULT_FILE: [
    { file: 'notes.txt', reason: 'it is empty' },
    'cannot show notes.txt: it is empty',
  ],
  ECHOGRAM_ERR_WATCH_CONFIG: [
    {
      file: 'watch.yaml',
      line: 3,
      column: 15,
      place: 'probes.default.interval',
      problem: 'must be a duration from 10ms to 3600 seconds, with a unit',
      value: '5ms',
      remedy: 'write 500ms, 1s or 2m',
    },
    'watch.yaml:3:15: probes.default.interval must be a duration from 10ms to 3600 seconds, with a unit, got `5ms`; write 500ms, 1s or 2m',
  ],
  ECHOGRAM_ERR_MESSAGE_LENGTH: [
    { payloadBytes: 65_508, limitBytes: 65_507, ipVersion: 4 },
    'the message must be at most 65507 bytes, the maximum for one datagram over IPv4, got 65508 bytes; send it in parts',
  ],
  ECHOGRAM_ERR_FLOOD: [
    { address: '192.0.2.7', ratePps: 2000, option: 'allowFlood' },
    '2000 probes per second to 192.0.2.7 need allowFlood: more than 1000 per second to another host can fill a slow path and look like an attack',
  ],
  ECHOGRAM_ERR_BROADCAST: [
    { host: '192.0.2.255', port: 10_000, option: 'allowBroadcast', systemCode: 'EACCES' },
    'cannot send to 192.0.2.255 port 10000 without allowBroadcast: it is a broadcast address, which every host on the network may answer, or a firewall forbids it (EACCES)',
  ],
  ECHOGRAM_ERR_HOST_UNRESOLVED: [
    { host: 'echo.invalid', ipVersion: 6, systemCode: 'ENOTFOUND' },
    'cannot resolve host "echo.invalid" over IPv6 (ENOTFOUND); check the spelling, or give an IP address',
  ],
  ECHOGRAM_ERR_BIND: [
    { host: 'localhost', port: 10_000, systemCode: 'EADDRINUSE' },
    'cannot bind localhost port 10000: the port is in use (EADDRINUSE); stop the program that uses it, or choose another port (0 picks a free one)',
  ],
  ECHOGRAM_ERR_PASSED_SOCKET: [
    {
      fd: 3,
      rule: 'a UDP socket',
      found: 'a TCP socket',
      remedy: 'use ListenDatagram= in the socket unit',
    },
    'the passed descriptor 3 must be a UDP socket, got a TCP socket; use ListenDatagram= in the socket unit',
  ],
  ECHOGRAM_ERR_WILDCARD_EMPTY: [
    { host: '0.0.0.0' },
    'cannot bind 0.0.0.0: this host has no address of that IP version; give a specific address or use the other IP version',
  ],
  ECHOGRAM_ERR_ENGINE: [
    { engine: 'linux', reason: 'it needs Linux; this is darwin' },
    "the linux engine can't run here: it needs Linux; this is darwin; use the portable engine or auto",
  ],
  ECHOGRAM_ERR_NEEDS_LINUX: [
    { option: 'dscp', reason: 'the portable engine was chosen' },
    'dscp needs the linux engine: the portable engine was chosen; remove dscp, or run where the linux engine is available',
  ],
  ECHOGRAM_ERR_SERVER_FAILED: [
    {
      engine: 'linux',
      reason: 'worker 0 died (Error: ppoll EBADF) for the 6th time in a minute',
    },
    'the server stopped because it can no longer answer: worker 0 died (Error: ppoll EBADF) for the 6th time in a minute (linux engine)',
  ],
  ECHOGRAM_ERR_RELAY_FAILED: [
    { reason: 'the socket at 127.0.0.1 port 7001 failed (EBADF)' },
    'the relay stopped because it can no longer receive: the socket at 127.0.0.1 port 7001 failed (EBADF)',
  ],
  ECHOGRAM_ERR_WATCH_FAILED: [
    { engine: 'linux', reason: 'the prober ended (ppoll EBADF)' },
    'the watch stopped because it can no longer probe: the prober ended (ppoll EBADF) (linux engine)',
  ],
  ECHOGRAM_ERR_METRICS: [
    { host: '127.0.0.1', port: 9100, systemCode: 'EADDRINUSE' },
    'cannot serve metrics at 127.0.0.1 port 9100: the port is in use (EADDRINUSE); stop the program that uses it, or choose another port (0 picks a free one)',
  ],
  ECHOGRAM_ERR_WEB: [
    { host: '127.0.0.1', port: 8080, systemCode: 'EADDRINUSE' },
    'cannot show a page at 127.0.0.1 port 8080: the port is in use (EADDRINUSE); stop the program that uses it, or choose another port (0 picks a free one)',
  ],
  ECHOGRAM_ERR_SEND: [
    { host: '192.0.2.7', port: 10_000, systemCode: 'ENETUNREACH' },
    'cannot send to 192.0.2.7 port 10000: no route to that network (ENETUNREACH); check the address and the routing table',
  ],
  ECHOGRAM_ERR_PORT_CLOSED: [
    {
      host: 'localhost',
      port: 10_000,
      addresses: ['127.0.0.1', '::1'],
      isSenderKnown: true,
      command: 'echogram serve',
    },
    'nothing listens on localhost port 10000 (ICMP port unreachable from 127.0.0.1, ::1); start the server with `echogram serve`, or check the port',
  ],
  ECHOGRAM_ERR_ICMP: [
    {
      host: '192.0.2.7',
      port: 10_000,
      timeoutMs: 1000,
      datagramsSent: 1,
      icmp: 'network unreachable or prohibited',
    },
    'no reply from 192.0.2.7 port 10000 within 1000 ms (1 datagram sent), but ICMP "network unreachable or prohibited"; the system does not say whether the target, a router or this host sent it',
  ],
  ECHOGRAM_ERR_PATH_LIMIT: [
    { host: '192.0.2.7', port: 10_000, payloadBytes: 1473, datagramsSent: 1 },
    'a message of 1473 bytes is too long for the path to 192.0.2.7 port 10000 (ICMP fragmentation needed); the system will now fragment it, so send it again, allow retries, or send less',
  ],
  ECHOGRAM_ERR_NO_REPLY: [
    { host: '192.0.2.7', port: 10_000, timeoutMs: 1000, datagramsSent: 3 },
    'no reply from 192.0.2.7 port 10000 within 1000 ms (3 datagrams sent); the request or the reply was lost, filtered or refused',
  ],
};

const CODES = Object.keys(ERRORS) as ErrorCode[];

const CLASSES = { option: OptionError, socket: SocketError, protocol: ProtocolError };

for (const code of CODES) {
  const [data, message] = EXAMPLES[code];

  test(`${code} says what was wrong, from its data`, () => {
    const error = createError(code, data);
    assert.equal(error.message, message);
    assert.equal(error.code, code);
    assert.equal(error.data, data);
  });

  test(`${code} comes in the class of its kind`, () => {
    const error = createError(code, data);
    const constructor = CLASSES[ERRORS[code].kind];
    assert.equal(error.constructor, constructor);
    assert.ok(error instanceof EchogramError && error instanceof Error);
    assert.equal(error.name, constructor.name);
    assert.ok(error.stack?.startsWith(`${constructor.name}: ${message}`), error.stack);
  });
}

// The branches that the examples leave out, each text by hand.
function messageOf<Code extends ErrorCode>(code: Code, data: ErrorData<Code>): string {
  return createError(code, data).message;
}

const BIND_REASONS: readonly [systemCode: string, reason: string][] = [
  [
    'EACCES',
    'permission denied (EACCES); ports below 1024 need root or CAP_NET_BIND_SERVICE; choose a port of 1024 or above, or allow this one (Linux: sysctl net.ipv4.ip_unprivileged_port_start=7; systemd: a socket unit, or AmbientCapabilities= with PrivateUsers=no)',
  ],
  [
    'EADDRNOTAVAIL',
    'this host does not have that address, or is still checking that no other host uses it (EADDRNOTAVAIL); give an address of this host',
  ],
  ['EINVAL', 'the system refused it (EINVAL); check the address and port'],
];

for (const [systemCode, reason] of BIND_REASONS) {
  test(`a bind that fails with ${systemCode} says what to do`, () => {
    const data = { host: '192.0.2.7', port: 7, systemCode };
    assert.equal(messageOf('ECHOGRAM_ERR_BIND', data), `cannot bind 192.0.2.7 port 7: ${reason}`);
  });
}

const SEND_REASONS: readonly [systemCode: string, reason: string][] = [
  ['EHOSTUNREACH', 'the host is unreachable (EHOSTUNREACH); check the address and the path'],
  [
    'EACCES',
    'prohibited (EACCES): a route on this host prohibits it (see `ip route get`), it is a broadcast address, or a firewall on this host forbids it',
  ],
  ['EPERM', 'not permitted (EPERM); a local firewall forbids it'],
  ['EMSGSIZE', "the datagram is longer than the system's limit (EMSGSIZE); send less"],
  ['ENOBUFS', 'the system refused it (ENOBUFS)'],
];

for (const [systemCode, reason] of SEND_REASONS) {
  test(`a send that fails with ${systemCode} says why`, () => {
    const data = { host: '192.0.2.7', port: 7, systemCode };
    assert.equal(
      messageOf('ECHOGRAM_ERR_SEND', data),
      `cannot send to 192.0.2.7 port 7: ${reason}`,
    );
  });
}

test('an unknown option like no other is answered with the known ones', () => {
  const data = { option: 'colour', known: ['host', 'port'] };
  assert.equal(
    messageOf('ECHOGRAM_ERR_OPTION_UNKNOWN', data),
    'colour is not an option; known options are host, port',
  );
});

test('a host that was asked for any IP version is not told of one', () => {
  assert.equal(
    messageOf('ECHOGRAM_ERR_HOST_UNRESOLVED', { host: 'echo.invalid', systemCode: 'EAI_AGAIN' }),
    'cannot resolve host "echo.invalid" (EAI_AGAIN); no name server answered; check the network and /etc/hosts, or give an IP address',
  );
});

for (const [host, ipVersion, remedy] of [
  ['127.0.0.1', 6, 'it is an IPv4 address; give an IPv6 address, or use IPv4'],
  ['::1', 4, 'it is an IPv6 address; give an IPv4 address, or use IPv6'],
] as const) {
  test(`${host} over IPv${ipVersion} is told which version it is of`, () => {
    const data = { host, ipVersion, systemCode: 'EAFNOSUPPORT' };
    assert.equal(
      messageOf('ECHOGRAM_ERR_HOST_UNRESOLVED', data),
      `cannot resolve host "${host}" over IPv${ipVersion} (EAFNOSUPPORT); ${remedy}`,
    );
  });
}

test('a message that was not read to its end is at least as long as what was read', () => {
  const data = { payloadBytes: 65_508, limitBytes: 65_507, ipVersion: 4, isCut: true } as const;
  assert.equal(
    messageOf('ECHOGRAM_ERR_MESSAGE_LENGTH', data),
    'the message must be at most 65507 bytes, the maximum for one datagram over IPv4, got at least 65508 bytes; send it in parts',
  );
});

test('one datagram is one', () => {
  const data = { host: '::1', port: 7, timeoutMs: 0.5, datagramsSent: 1 };
  assert.equal(
    messageOf('ECHOGRAM_ERR_NO_REPLY', data),
    'no reply from ::1 port 7 within 0.5 ms (1 datagram sent); the request or the reply was lost, filtered or refused',
  );
});

const VALUES: readonly [value: unknown, text: string][] = [
  ['banana', '`banana`'],
  ['', '``'],
  [7, '`7` (number)'],
  [NaN, '`NaN` (number)'],
  [7n, '`7` (bigint)'],
  [true, '`true` (boolean)'],
  [null, 'null'],
  [undefined, 'undefined'],
  [{ secret: 1 }, 'a value of type object'],
  [Symbol('s'), 'a value of type symbol'],
  [() => 1, 'a value of type function'],
  ['a'.repeat(80), `\`${'a'.repeat(80)}\``],
  ['a'.repeat(81), `\`${'a'.repeat(80)}…\` (81 characters)`],
  ['1\n\u001b[2J', '`1\\n\\x1b[2J`'],
];

for (const [value, text] of VALUES) {
  test(`a wrong value is shown as ${text.slice(0, 30)}`, () => {
    const data = { option: 'x', rule: 'right', value, remedy: 'write y' };
    assert.equal(
      messageOf('ECHOGRAM_ERR_OPTION_VALUE', data),
      `x must be right, got ${text}; write y`,
    );
  });
}

test('a message is one line whatever the host, and data has it as it was given', () => {
  const host = 'a\nb\u202e';
  const error = createError('ECHOGRAM_ERR_WILDCARD_EMPTY', { host });
  assert.ok(error.message.startsWith('cannot bind a\\nb\\u{202e}: '));
  assert.equal(error.data.host, host);
});

test("names are inherited and not enumerable, as the built-in errors' are", () => {
  const error = createError('ECHOGRAM_ERR_WILDCARD_EMPTY', { host: '::' });
  assert.deepEqual(Object.keys(error), ['code', 'data']);
  assert.ok(!Object.hasOwn(error, 'name'));
  for (const constructor of [EchogramError, OptionError, SocketError, ProtocolError]) {
    assert.deepEqual(Object.keys(constructor.prototype), []);
    assert.equal((constructor.prototype as Error).name, constructor.name);
  }
});

test('the system error underneath is kept as the cause, and there is none otherwise', () => {
  const cause = Object.assign(new Error('bind EADDRINUSE'), { code: 'EADDRINUSE' });
  const data = { host: '::1', port: 7, systemCode: 'EADDRINUSE' };
  assert.equal(createError('ECHOGRAM_ERR_BIND', data, cause).cause, cause);
  assert.ok(!('cause' in createError('ECHOGRAM_ERR_BIND', data)));
});

/** One error of each kind. */
const OF_KIND: Readonly<Record<ErrorKind, EchogramError>> = {
  option: createError('ECHOGRAM_ERR_OPTION_VALUE', { option: 'port', rule: 'right' }),
  socket: createError('ECHOGRAM_ERR_WILDCARD_EMPTY', { host: '::' }),
  protocol: createError('ECHOGRAM_ERR_NO_REPLY', {
    ...{ host: '::1', port: 7, timeoutMs: 1, datagramsSent: 1 },
  }),
};

const KINDS = Object.keys(OF_KIND) as ErrorKind[];

/** For each class of a copy of the package, the kinds of error that its `is`, or instanceof, is true for. */
function recognised(
  classes: Readonly<Record<string, unknown>>,
  how: 'is' | 'instanceof',
): Readonly<Record<string, readonly ErrorKind[]>> {
  const names = ['EchogramError', 'OptionError', 'SocketError', 'ProtocolError'];
  return Object.fromEntries(
    names.map((name) => {
      const constructor = classes[name] as typeof EchogramError;
      const knows = (error: EchogramError): boolean =>
        how === 'is' ? constructor.is(error) : error instanceof constructor;
      return [name, KINDS.filter((kind) => knows(OF_KIND[kind]))];
    }),
  );
}

const OWN_KIND = {
  EchogramError: ['option', 'socket', 'protocol'],
  OptionError: ['option'],
  SocketError: ['socket'],
  ProtocolError: ['protocol'],
};

for (const how of ['is', 'instanceof'] as const) {
  test(`each error class knows its own kind by ${how}, and the base all`, () => {
    assert.deepEqual(recognised(echogram, how), OWN_KIND);
  });

  test(`so do the classes of another copy of the package (${how})`, async (t) => {
    const copy = join(temporaryFolder(t), 'src');
    cpSync(repositoryPath('.build/src'), copy, { recursive: true });
    const other = (await import(pathToFileURL(join(copy, 'index.js')).href)) as typeof echogram;
    assert.notEqual(other.OptionError, OptionError);
    assert.deepEqual(recognised(other, how), OWN_KIND);
  });
}

test('no error class takes for its own what is none of ours', () => {
  for (const value of [new Error('x'), { code: 'ECHOGRAM_ERR_BIND' }, null, undefined, 'x', 1]) {
    for (const constructor of [EchogramError, OptionError, SocketError, ProtocolError]) {
      assert.ok(!constructor.is(value));
      assert.ok(!((value as unknown) instanceof constructor));
    }
  }
});

test('a class that a caller derives from one of ours knows its own instances alone', () => {
  class PortError extends OptionError<'ECHOGRAM_ERR_OPTION_VALUE'> {}
  const error = new PortError('ECHOGRAM_ERR_OPTION_VALUE', { option: 'port', rule: 'right' });
  assert.ok(error instanceof PortError && error instanceof OptionError);
  assert.ok(!(OF_KIND.option instanceof PortError));
});

test("the system's code is read from an error in Node's shape, and is UNKNOWN of any other", () => {
  assert.equal(systemCodeOf(Object.assign(new Error('x'), { code: 'EPERM' })), 'EPERM');
  for (const value of [new Error('x'), { code: 1 }, null, undefined, 'EPERM']) {
    assert.equal(systemCodeOf(value), 'UNKNOWN');
  }
});

test('docs/errors.md has one section for each code of the table, in its order, and no other', () => {
  assert.deepEqual(
    sections().map(({ code }) => code),
    CODES,
  );
});

for (const section of sections()) {
  test(`docs/errors.md tells of ${section.code} what the table does`, () => {
    const code = section.code as ErrorCode;
    const [data, message] = EXAMPLES[code];
    assert.equal(section.kind, ERRORS[code].kind);
    assert.equal(section.when, ERRORS[code].when);
    assert.equal(section.example, message);
    assert.ok(section.remedy.length > 0);
    const optional = section.data.filter((name) => name.endsWith('?'));
    const required = section.data.filter((name) => !name.endsWith('?'));
    const given = Object.keys(data);
    assert.deepEqual(
      given.filter((name) => !optional.includes(`${name}?`)),
      required,
    );
  });
}

interface Section {
  readonly code: string;
  readonly kind: string | undefined;
  readonly when: string | undefined;
  readonly data: readonly string[];
  readonly example: string | undefined;
  readonly remedy: string;
}

function sections(): Section[] {
  const [, ...parts] = repositoryText('docs/errors.md').replaceAll('\r\n', '\n').split(/^## /m);
  return parts.map((part) => ({
    code: part.slice(0, part.indexOf('\n')),
    kind: /^\*\*Kind:\*\* `(\w+)`$/m.exec(part)?.[1],
    when: /^\*\*When:\*\* (.+)$/m.exec(part)?.[1],
    data: (/^\*\*Data:\*\* (.+)$/m.exec(part)?.[1] ?? '').replaceAll('`', '').split(', '),
    example: /^```text\n(.+)\n```$/m.exec(part)?.[1],
    remedy: /^\*\*What to do:\*\* (.+)$/m.exec(part)?.[1] ?? '',
  }));
}
