"""A service manager for tests: what systemd does for a service of Type=notify, with or without a socket unit.

    service_manager.py OPTION... -- COMMAND...

It binds its notification socket and the sockets to pass on, prints {"ports": [...]}, and starts the command with them.
Then it prints each notification as {"notified": [line, ...], "atUs": monotonic microseconds}, and the end of the command as
{"ended": exit code or -signal}. It obeys lines of its standard input:

    signal NAME     sends a signal to the command
    restart         SIGTERM, and the command again once it has ended
    hold            stops the thread of the command that waits in ppoll, and prints {"held": thread, "atUs": ...}
    release         lets it go on, and prints {"released": thread, "atUs": ...}
"""

import argparse
import fcntl
import json
import os
import select
import signal
import socket
import sys
import time

import hold_worker


def tell(**what):
    print(json.dumps(what), flush=True)


def now_us():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--notify", help="path of the notification socket, or @NAME")
    parser.add_argument("--watchdog-usec")
    parser.add_argument("--udp", action="append", default=[], metavar="ADDRESS PORT", nargs=2)
    parser.add_argument("--passed", action="append", default=[], choices=["tcp", "unix", "connected", "unbound", "file", "dual"])
    parser.add_argument("--reuse-port", action="store_true")
    parser.add_argument("--reuse-address", action="store_true", help="as systemd does")
    parser.add_argument("--names")
    parser.add_argument("--listen-fds", help="the text of LISTEN_FDS")
    parser.add_argument("--listen-pid", help="the text of LISTEN_PID")
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def open_udp(address, port, options):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    udp = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if options.reuse_port:
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if options.reuse_address:
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    udp.bind((address, int(port)))
    return udp


def open_other(kind):
    """A descriptor that no service answers on."""
    if kind == "file":
        return open("/dev/null", "rb")
    if kind == "unix":
        return socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    if kind == "tcp":
        tcp = socket.socket()
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        return tcp
    if kind == "dual":
        dual = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        dual.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        dual.bind(("::", 0))
        return dual
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if kind == "connected":
        udp.bind(("127.0.0.1", 0))
        udp.connect(("127.0.0.1", 9))
    return udp


def open_sockets(options):
    passed = []
    for address, port in options.udp:
        # The port that the first one got.
        if port == "same":
            port = passed[0].getsockname()[1]
        passed.append(open_udp(address, port, options))
    return passed + [open_other(kind) for kind in options.passed]


def start(options, passed):
    child = os.fork()
    if child != 0:
        return child
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    # First out of the way: one of them may have the number that another one gets.
    aside = [fcntl.fcntl(one.fileno(), fcntl.F_DUPFD, 100) for one in passed]
    for number, fd in enumerate(aside, 3):
        os.dup2(fd, number, inheritable=True)
    os.closerange(3 + len(aside), 1000)
    # As systemd passes them, unless the unit has NonBlocking=yes.
    for number in range(3, 3 + len(aside)):
        os.set_blocking(number, True)
    environment = dict(os.environ)
    if options.notify is not None:
        environment["NOTIFY_SOCKET"] = options.notify
    if options.watchdog_usec is not None:
        environment.update(WATCHDOG_USEC=options.watchdog_usec, WATCHDOG_PID=str(os.getpid()))
    if passed or options.listen_fds is not None:
        environment["LISTEN_FDS"] = options.listen_fds or str(len(passed))
        environment["LISTEN_PID"] = options.listen_pid or str(os.getpid())
    if options.names is not None:
        environment["LISTEN_FDNAMES"] = options.names
    os.execvpe(options.command[0], options.command, environment)


class Manager:
    def __init__(self, options):
        self.options = options
        self.passed = open_sockets(options)
        self.notifications = self.bind()
        self.isRestarting = False
        self.held = None
        sockets = [one for one in self.passed if isinstance(one, socket.socket)]
        tell(ports=[one.getsockname()[1] for one in sockets if one.family != socket.AF_UNIX])
        self.child = start(options, self.passed)

    def bind(self):
        if self.options.notify is None:
            return None
        notifications = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        name = self.options.notify
        notifications.bind("\0" + name[1:] if name.startswith("@") else name)
        return notifications

    def run(self):
        lines = os.fdopen(0, "rb", buffering=0)
        watched = [lines] + ([] if self.notifications is None else [self.notifications])
        while self.child is not None:
            ready, _, _ = select.select(watched, [], [], 0.02)
            if self.notifications in ready:
                text = self.notifications.recv(65536).decode()
                tell(notified=text.split("\n"), atUs=now_us())
            elif lines in ready:
                line = lines.readline().decode().split()
                if line == []:
                    watched.remove(lines)
                else:
                    getattr(self, line[0])(*line[1:])
            else:
                self.look()

    def look(self):
        pid, status = os.waitpid(self.child, os.WNOHANG)
        if pid == 0:
            return
        tell(ended=os.waitstatus_to_exitcode(status))
        self.child = start(self.options, self.passed) if self.isRestarting else None
        self.isRestarting = False

    def signal(self, name):
        os.kill(self.child, getattr(signal, name))

    def restart(self):
        self.isRestarting = True
        self.signal("SIGTERM")

    def hold(self):
        self.held = hold_worker.hold(self.child)
        tell(held=self.held, atUs=now_us())

    def release(self):
        tell(released=self.held, atUs=now_us())
        hold_worker.release(self.held)


manager = Manager(parse())
try:
    manager.run()
finally:
    if manager.child is not None:
        os.kill(manager.child, signal.SIGKILL)
