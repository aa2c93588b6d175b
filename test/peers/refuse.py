#!/usr/bin/env python3
"""Runs a program in which the kernel refuses a system call, as a sandbox does (seccomp(2)).

usage: refuse.py CALL[:ARGUMENT=VALUE,...]=ERRNO COMMAND...

CALL is a name of the table below, ARGUMENT the number of an argument that has to have VALUE, of
which the lower 32 bits are compared.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

CALLS = {  # x86-64, arm64 (asm/unistd_64.h, asm-generic/unistd.h)
    "socket": (41, 198),
    "connect": (42, 203),
    "sendmsg": (46, 211),
    "recvmsg": (47, 212),
    "bind": (49, 200),
    "getsockname": (51, 204),
    "setsockopt": (54, 208),
    "getsockopt": (55, 209),
    "clock_adjtime": (305, 266),  # what adjtimex(3) of the C library makes
    "clone3": (435, 435),
    "clone": (56, 220),
    "prctl": (157, 167),
    "clock_gettime": (228, 113),
    "ppoll": (271, 73),
    "recvmmsg": (299, 243),
    "sendmmsg": (307, 269),
}

LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2


def conditions(rule):
    """(offset in struct seccomp_data, value) pairs that all have to hold."""
    call, _, arguments = rule.partition(":")
    column = 0 if platform.machine() == "x86_64" else 1
    yield 0, CALLS[call][column]
    for argument in filter(None, arguments.split(",")):
        index, value = argument.split("=")
        yield 16 + 8 * int(index), int(value)


def program(rule, error):
    checks = list(conditions(rule))
    code = []
    for number, (offset, value) in enumerate(checks):
        left = 2 * (len(checks) - number) - 1
        code.append((LOAD, 0, 0, offset))
        code.append((JUMP_IF_EQUAL, 0, left, value))
    code.append((RETURN, 0, 0, REFUSE | error))
    code.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("HBBI", *line) for line in code), len(code)


def main():
    rule, _, name = sys.argv[1].rpartition("=")
    code, length = program(rule, getattr(errno, name))
    memory = ctypes.create_string_buffer(code)
    filter_program = struct.pack("HxxxxxxP", length, ctypes.addressof(memory))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in (
        (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_program, 0, 0),
    ):
        if libc.prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
    os.execvp(sys.argv[2], sys.argv[2:])


main()
