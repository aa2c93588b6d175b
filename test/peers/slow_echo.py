"""An echo service that answers every datagram DELAY_MS after it came, and counts them by payload.

Usage: slow_echo.py HOST PORT DELAY_MS

For each line on standard input it prints one JSON object: datagrams (how many came), idleMs (how long ago the
last one did) and mostOver (of the payload that came most often for its time: how often it came, less one for
each second between its first and its last).
"""

import heapq
import json
import select
import socket
import sys
import time

host, port, delay_ms = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
sock.bind((host, port))
sock.setblocking(False)
print(f'echoing on port {sock.getsockname()[1]}', flush=True)

due, seen = [], {}
datagrams, last = 0, time.monotonic()
while True:
    wait = max(0, due[0][0] - time.monotonic()) if due else None
    readable = select.select([sock, sys.stdin], [], [], wait)[0]
    now = time.monotonic()
    if sock in readable:
        try:
            while True:
                payload, peer = sock.recvfrom(65535)
                datagrams, last = datagrams + 1, now
                first, _last, count = seen.get(payload, (now, now, 0))
                seen[payload] = (first, now, count + 1)
                heapq.heappush(due, (now + delay_ms / 1000, datagrams, payload, peer))
        except BlockingIOError:
            pass
    while due and due[0][0] <= now:
        _time, _number, payload, peer = heapq.heappop(due)
        sock.sendto(payload, peer)
    if sys.stdin in readable:
        if not sys.stdin.readline():
            break
        over = max((count - (latest - first) for first, latest, count in seen.values()), default=0)
        print(json.dumps({
            'datagrams': datagrams, 'idleMs': (time.monotonic() - last) * 1000, 'mostOver': over,
        }), flush=True)
