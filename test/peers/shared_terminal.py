"""Runs a program on a terminal of its own, and tells whether its open file, which a shell would share
with it, was made not to wait: while it ran, and after the signal that ended it.

usage: shared_terminal.py SIGNAL COMMAND...
"""

import fcntl
import json
import os
import select
import signal
import subprocess
import sys


def is_non_blocking(fd):
    return bool(fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK)


main, terminal = os.openpty()
program = subprocess.Popen(sys.argv[2:], stdin=terminal, stdout=terminal, stderr=terminal)
output = b""
while b"waiting to receive message" not in output and select.select([main], [], [], 25)[0]:
    output += os.read(main, 4096)
during = is_non_blocking(terminal)
program.send_signal(getattr(signal, sys.argv[1]))
program.wait(25)
print(json.dumps({"isShown": b"waiting" in output, "during": during, "after": is_non_blocking(terminal)}))
