// A C program, compiled here, is asked for every size, offset and constant of the kernel's interface.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as constants from '../../../../src/socket/linux/constants.ts';
import * as layout from '../../../../src/socket/linux/layout.ts';
import { firstSkip, needsLinuxEngine, needsProgram } from '../../../helpers/skips.ts';

const skip = firstSkip(needsLinuxEngine(), needsProgram('gcc'));

const { cmsgAlign, cmsgLen, cmsgSpace, ...structs } = layout;

/** Each of our tables: the struct in C, and each of our fields by its name there. */
const IN_C: Readonly<Record<keyof typeof structs, readonly [string, Record<string, string>]>> = {
  MMSGHDR: [
    'struct mmsghdr',
    {
      name: 'msg_hdr.msg_name',
      namelen: 'msg_hdr.msg_namelen',
      iov: 'msg_hdr.msg_iov',
      iovlen: 'msg_hdr.msg_iovlen',
      control: 'msg_hdr.msg_control',
      controllen: 'msg_hdr.msg_controllen',
      flags: 'msg_hdr.msg_flags',
      len: 'msg_len',
    },
  ],
  IOVEC: ['struct iovec', { base: 'iov_base', len: 'iov_len' }],
  CMSGHDR: ['struct cmsghdr', { len: 'cmsg_len', level: 'cmsg_level', type: 'cmsg_type' }],
  SOCKADDR_IN: ['struct sockaddr_in', { family: 'sin_family', port: 'sin_port', addr: 'sin_addr' }],
  SOCKADDR_IN6: [
    'struct sockaddr_in6',
    {
      family: 'sin6_family',
      port: 'sin6_port',
      flowinfo: 'sin6_flowinfo',
      addr: 'sin6_addr',
      scopeId: 'sin6_scope_id',
    },
  ],
  SOCKADDR_UN: ['struct sockaddr_un', { family: 'sun_family', path: 'sun_path' }],
  IN_PKTINFO: [
    'struct in_pktinfo',
    { ifindex: 'ipi_ifindex', specDst: 'ipi_spec_dst', addr: 'ipi_addr' },
  ],
  IN6_PKTINFO: ['struct in6_pktinfo', { addr: 'ipi6_addr', ifindex: 'ipi6_ifindex' }],
  POLLFD: ['struct pollfd', { fd: 'fd', events: 'events', revents: 'revents' }],
  SOCK_EXTENDED_ERR: [
    'struct sock_extended_err',
    {
      errno: 'ee_errno',
      origin: 'ee_origin',
      type: 'ee_type',
      code: 'ee_code',
      info: 'ee_info',
      data: 'ee_data',
    },
  ],
  TIMESPEC: ['struct timespec', { sec: 'tv_sec', nsec: 'tv_nsec' }],
  TIMEX: ['struct timex', { maxError: 'maxerror', status: 'status' }],
};

const HEADERS = [
  'fcntl.h',
  'errno.h',
  'netinet/in.h',
  'netinet/udp.h',
  'poll.h',
  'stddef.h',
  'stdio.h',
  'sys/eventfd.h',
  'sys/socket.h',
  'sys/prctl.h',
  'sys/timex.h',
  'sys/un.h',
  'time.h',
  'linux/errqueue.h',
  'linux/net_tstamp.h',
  'linux/sock_diag.h',
];

/** Compiles a program that prints each expression, and returns the numbers. */
function numbersOf(expressions: readonly string[]): number[] {
  const folder = mkdtempSync(join(tmpdir(), 'echogram-layout-'));
  try {
    const source = [
      '#define _GNU_SOURCE',
      ...HEADERS.map((header) => `#include <${header}>`),
      'int main(void) {',
      ...expressions.map((expression) => `  printf("%ld\\n", (long)(${expression}));`),
      '  return 0;',
      '}',
      '',
    ].join('\n');
    writeFileSync(join(folder, 'layout.c'), source);
    const program = join(folder, 'layout');
    execFileSync('gcc', ['-Wall', '-Werror', '-o', program, join(folder, 'layout.c')]);
    return execFileSync(program, { encoding: 'utf8' }).trim().split('\n').map(Number);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Compares each of our numbers with what C says of it. */
function agree(ours: readonly (readonly [expression: string, value: number])[]): void {
  const theirs = numbersOf(ours.map(([expression]) => expression));
  assert.deepEqual(
    Object.fromEntries(ours),
    Object.fromEntries(ours.map(([expression], index) => [expression, theirs[index]])),
  );
}

test("every constant is the kernel's", { skip }, () => {
  const ours = Object.entries(constants);
  assert.ok(ours.length > 40);
  agree(ours);
});

test("every struct has the kernel's size and offsets", { skip }, () => {
  agree(
    Object.entries(structs).flatMap(([table, ours]) => {
      const [name, fields] = IN_C[table as keyof typeof structs];
      const { size, ...offsets } = ours;
      assert.deepEqual(Object.keys(offsets), Object.keys(fields), table);
      return [
        [`sizeof(${name})`, size] as const,
        ...Object.entries<number>(offsets).map(
          ([field, offset]) => [`offsetof(${name}, ${fields[field]!})`, offset] as const,
        ),
      ];
    }),
  );
});

test('control messages are spaced as the C macros space them', { skip }, () => {
  const lengths = Array.from({ length: 64 }, (_, bytes) => bytes);
  agree(
    lengths.flatMap((bytes) => [
      [`CMSG_SPACE(${bytes})`, cmsgSpace(bytes)] as const,
      [`CMSG_LEN(${bytes})`, cmsgLen(bytes)] as const,
      [`CMSG_ALIGN(${bytes})`, cmsgAlign(bytes)] as const,
    ]),
  );
});
