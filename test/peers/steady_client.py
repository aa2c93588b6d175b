"""Asks an echo server at a steady rate and counts the echoes.

Usage: steady_client.py ADDRESS PORT RATE COUNT [BYTES [PATIENCE]]

Sends COUNT numbered payloads of BYTES (64) octets from one socket, then takes what comes until all have come
or nothing has for PATIENCE (2) seconds. Prints `started` when the first echo has come, and one JSON object: sent, and
received without copies.
"""

import json
import select
import socket
import struct
import sys
import time

address, port, rate, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
size = int(sys.argv[5]) if len(sys.argv) > 5 else 64
patience = float(sys.argv[6]) if len(sys.argv) > 6 else 2
info = socket.getaddrinfo(address, port, type=socket.SOCK_DGRAM)[0]
sock = socket.socket(info[0], socket.SOCK_DGRAM)
sock.connect(info[4])
sock.setblocking(False)
received = set()


def take(seconds):
    """Takes what comes within that time; False where nothing does."""
    if not select.select([sock], [], [], max(0, seconds))[0]:
        return False
    received.add(struct.unpack_from('!Q', sock.recv(65_535))[0])
    if len(received) == 1:
        print('started', flush=True)
    return True


start = time.monotonic()
for number in range(count):
    due = start + number / rate
    while take(due - time.monotonic()):
        pass
    sock.send(struct.pack('!Q', number).ljust(size, b'x'))
while len(received) < count and take(patience):
    pass
print(json.dumps({'sent': count, 'received': len(received)}), flush=True)
