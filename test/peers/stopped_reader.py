"""Runs a program whose standard output goes to a reader that stops after the first line.

Usage: stopped_reader.py pipe|terminal PROGRAM ARGUMENT...

Passes the first line on, reads no further, sends SIGINT and SIGTERM on to the program, and at its end
prints how many bytes it left unread and exits with the program's exit code. Standard error is the program's own.
"""

import array
import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
import tty

SMALLEST_PIPE_BYTES = 4096

kind, *command = sys.argv[1:]
if kind == 'terminal':
    reading, writing = pty.openpty()
    tty.setraw(writing)
else:
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, SMALLEST_PIPE_BYTES)

program = subprocess.Popen(command, stdout=writing)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda received, _frame: program.send_signal(received))

line = b''
while not line.endswith(b'\n'):
    line += os.read(reading, 1)
print(line.decode().rstrip(), flush=True)

exit_code = program.wait()
unread = array.array('i', [0])
fcntl.ioctl(reading, termios.FIONREAD, unread)
print(f'{unread[0]} bytes left unread')
sys.exit(exit_code)
