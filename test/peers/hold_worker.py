"""Stops one thread of a program, the one that waits in ppoll, as if it hung; all others go on.

    hold_worker.py PID

It prints `held`, and lets the thread go on when its standard input ends; it ends itself if the program is killed.
"""

import ctypes
import os
import select
import sys
import time

PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
WALL = 0x40000000
PPOLL = {"x86_64": "271", "aarch64": "73"}[os.uname().machine]

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def hold(pid):
    """Returns the thread, once it has stopped."""
    thread = waiting_thread(pid)
    for request in (PTRACE_SEIZE, PTRACE_INTERRUPT):
        if libc.ptrace(request, thread, None, None) != 0:
            raise OSError(ctypes.get_errno(), "ptrace")
    os.waitpid(thread, WALL)
    return thread


def release(thread):
    libc.ptrace(PTRACE_DETACH, thread, None, None)


def waiting_thread(pid):
    while True:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/syscall") as file:
                if file.read().split()[0] == PPOLL:
                    return int(thread)
        time.sleep(0.01)


def has_ended(thread):
    """Whether it was killed. Until its tracer knows, the program remains a zombie."""
    pid, status = os.waitpid(thread, WALL | os.WNOHANG)
    return pid != 0 and not os.WIFSTOPPED(status)


if __name__ == "__main__":
    held = hold(int(sys.argv[1]))
    print("held", flush=True)
    while not has_ended(held):
        if select.select([sys.stdin], [], [], 0.05)[0]:
            release(held)
            break
