"""Floods an echo server over many flows, then counts what came back.

Usage: flood.py ADDRESS PORT FLOWS SECONDS|COUNT [SEGMENTS [BYTES]]

Sends numbered payloads of BYTES (64) octets: COUNT calls where the number is whole, else for SECONDS (`2.0`),
or until SIGTERM. Prints `refused` once nobody listens any more.
With SEGMENTS, each call sends that many datagrams, cut by the kernel (UDP_SEGMENT). Prints `sent N`;
then reads until a line comes on standard input and nothing is left, and prints one JSON object: sent,
echoes, wrong (echoes that differ from what was sent) and dropped (for want of room in its own buffers).
"""

import json
import select
import signal
import socket
import struct
import sys
import time

SOL_UDP, UDP_SEGMENT = 17, 103
SO_MEMINFO, SK_MEMINFO_DROPS = 55, 8

address, port, flows, amount = sys.argv[1:5]
segments = int(sys.argv[5]) if len(sys.argv) > 5 else 1
payload_bytes = int(sys.argv[6]) if len(sys.argv) > 6 else 64
info = socket.getaddrinfo(address, int(port), type=socket.SOCK_DGRAM)[0]
sockets = []
for _ in range(int(flows)):
    sock = socket.socket(info[0], socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * 1024 * 1024)
    if segments > 1:
        sock.setsockopt(SOL_UDP, UDP_SEGMENT, payload_bytes)
    sock.connect(info[4])
    sock.setblocking(False)
    sockets.append(sock)

TAIL = (b'echogram flood.' * (payload_bytes // 15 + 1))[:payload_bytes - 8]


def payload(number):
    return struct.pack('!Q', number) + TAIL


echoes = wrong = sent = calls = 0
was_refused = False


def note_refusal():
    global was_refused
    if not was_refused:
        print('refused', flush=True)
    was_refused = True


def drain(sock):
    global echoes, wrong
    while True:
        try:
            reply = sock.recv(65535)
        except BlockingIOError:
            return
        except ConnectionRefusedError:
            note_refusal()
            continue
        echoes += 1
        if reply[8:] != TAIL:
            wrong += 1


ends = time.monotonic() + float(amount) if '.' in amount else None


def end_now(_signal, _frame):
    global ends
    ends = time.monotonic()


signal.signal(signal.SIGTERM, end_now)
while (time.monotonic() < ends) if ends else (calls < int(amount)):
    sock = sockets[calls % len(sockets)]
    calls += 1
    message = b''.join(payload(sent + index) for index in range(segments))
    while True:
        try:
            sock.send(message)
            sent += segments
            break
        except BlockingIOError:
            select.select([], [sock], [])
        except ConnectionRefusedError:
            note_refusal()
            continue
    if segments == 1:
        drain(sock)
print(f'sent {sent}', flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    for sock in select.select([*sockets, sys.stdin], [], [])[0]:
        if sock is not sys.stdin:
            drain(sock)
dropped = 0
for sock in sockets:
    drain(sock)
    values = struct.unpack('9I', sock.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 36))
    dropped += values[SK_MEMINFO_DROPS]
print(json.dumps({'sent': sent, 'echoes': echoes, 'wrong': wrong, 'dropped': dropped}), flush=True)
