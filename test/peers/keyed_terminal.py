"""Runs a program in the foreground of a terminal of its own, types keys or sends signals once it has shown a
picture of replies, and tells what became of the terminal: while the program ran, and after.

usage: keyed_terminal.py terminal|null STEP... -- COMMAND...

The first word is what standard input is. A STEP is key:C (typed), signal:NAME (sent) or shows:TEXT (waited for).
"""

import fcntl
import json
import os
import re
import signal
import struct
import subprocess
import sys
import termios
import threading

stdin, *words = sys.argv[1:]
steps, command = words[: words.index("--")], words[words.index("--") + 1 :]

main, terminal = os.openpty()
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
before = termios.tcgetattr(terminal)


def own_terminal():
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


program = subprocess.Popen(
    command,
    stdin=terminal if stdin == "terminal" else subprocess.DEVNULL,
    stdout=terminal,
    stderr=terminal,
    preexec_fn=own_terminal,
)

shown = threading.Condition()
output = b""


def read():
    global output
    while True:
        try:
            got = os.read(main, 65536)
        except OSError:
            return
        with shown:
            output += got
            shown.notify_all()


threading.Thread(target=read, daemon=True).start()


def wait_for(pattern, start=0):
    with shown:
        if not shown.wait_for(lambda: re.search(pattern, output[start:]), 25):
            sys.exit(f"the terminal never showed {pattern!r}, but:\n{output.decode(errors='replace')}")
        return len(output)


at = wait_for(rb" [1-9][0-9,]* replies, ")
lflag = termios.tcgetattr(terminal)[3]
during = {
    "isLineEdited": bool(lflag & termios.ICANON),
    "isEchoed": bool(lflag & termios.ECHO),
    "isBlocking": not fcntl.fcntl(terminal, fcntl.F_GETFL) & os.O_NONBLOCK,
}
for step in steps:
    kind, what = step.split(":", 1)
    if kind == "key":
        os.write(main, what.encode())
    elif kind == "signal":
        program.send_signal(getattr(signal, what))
    else:
        at = wait_for(re.escape(what.encode()), at)
code = program.wait(25)
print(json.dumps({"during": during, "isRestored": termios.tcgetattr(terminal) == before, "code": code}))
