"""Attacks an HTTP server with many connections, and holds them until standard input ends.

Usage: http_attack.py KIND PORT CONNECTIONS [PATH]

Prints "attacking" when all has been sent that the server takes. Runs from loopback addresses of its
own where KIND ends in "-from-many".
"""

import selectors
import socket
import sys

kind, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
path = sys.argv[4] if len(sys.argv) > 4 else '/metrics'
kind, _, is_from_many = kind.partition('-from-many')
REQUEST = f'GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.encode()

# What each connection sends; an endless one goes on with its last part, byte by byte where it is slow.
SENT = {
    'idle': b'',
    'pipelined': REQUEST * 5000,
    'unread': REQUEST,
    'unread-events': f'GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.encode(),
    'slow-head': b'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ',
    'huge-head': b'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n' + b'X: y\r\n' * 500_000,
    'half-closed': REQUEST,
    'body': f'POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9999999\r\n\r\n'.encode()
    + b'x' * 9_999_999,
    'chunked': f'POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n'.encode()
    + b'1\r\nx\r\n' * 500_000,
    'upgrade': f'GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'.encode()
    * 5000,
    'connect': b'CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n' * 5000,
    'bare-line-feeds': f'GET {path} HTTP/1.1\nHost: 127.0.0.1\n\n'.encode() * 5000,
    'garbage': bytes(range(256)) * 2000,
}[kind]


def connection(index):
    new = socket.socket()
    # A small buffer, so that a reader who takes nothing is noticed.
    new.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    if is_from_many:
        new.bind((f'127.1.{index // 250}.{index % 250 + 1}', 0))
    new.connect(('127.0.0.1', port))
    new.setblocking(False)
    return new


class Attack:
    """A few connections at a time, as the server closes some of the first when the last come."""

    def __init__(self):
        self.left = {}
        self.selector = selectors.DefaultSelector()

    def add(self, index):
        new = connection(index)
        self.left[new] = memoryview(SENT)
        self.selector.register(new, selectors.EVENT_WRITE)

    def send(self, seconds):
        """Sends what the server takes; returns when it has taken nothing for so long."""
        while self.selector.get_map():
            ready = self.selector.select(seconds)
            if not ready:
                return
            for key, _ in ready:
                self.send_some(key.fileobj)

    def send_some(self, one):
        try:
            sent = one.send(self.left[one]) if self.left[one] else 0
        except BlockingIOError:
            return
        except OSError:
            self.selector.unregister(one)
            return
        self.left[one] = self.left[one][sent:]
        if not self.left[one]:
            self.selector.unregister(one)
            if kind == 'half-closed':
                one.shutdown(socket.SHUT_WR)


attack = Attack()
for index in range(count):
    attack.add(index)
    if index % 50 == 49:
        attack.send(0)
attack.send(0.3)
print('attacking', flush=True)
sys.stdin.read()
