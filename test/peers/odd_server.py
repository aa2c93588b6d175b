"""A UDP server that answers, but not as an echo does.

Usage: odd_server.py ADDRESS PORT MODE

Modes: port, address:OTHER (the echo, from the next port, or from another address), checksum (the echo, with a wrong UDP checksum; root only), stray (nothing to the first port that asks,
and its first payload to all others), key (the echo, with its last octet changed, as of another key).
"""

import socket
import struct
import sys

address, port, mode = sys.argv[1], int(sys.argv[2]), sys.argv[3]


def datagram(peer, payload):
    """IPv4 and UDP headers (RFC 791, RFC 768); 0xdead is not their checksum, but for one in 65,535."""
    udp = struct.pack('!HHHH', port, peer[1], 8 + len(payload), 0xdead)
    ip = struct.pack(
        '!BBHHHBBH4s4s', 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_UDP, 0,
        socket.inet_aton(address), socket.inet_aton(peer[0]),
    )
    return ip + udp + payload


family = socket.AF_INET6 if ':' in address else socket.AF_INET

with socket.socket(family, socket.SOCK_DGRAM) as sock:
    sock.bind((address, port))
    other = None
    if mode == 'port' or mode.startswith('address:'):
        other = socket.socket(family, socket.SOCK_DGRAM)
        other.bind((address, port + 1) if mode == 'port' else (mode.removeprefix('address:'), port))
    raw = None
    if mode == 'checksum':
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    print('ready', flush=True)
    first = None
    while True:
        payload, peer = sock.recvfrom(65535)
        if first is None:
            first = (payload, peer[1])
        if other is not None:
            other.sendto(payload, peer)
        elif raw is not None:
            raw.sendto(datagram(peer, payload), (peer[0], 0))
        elif mode == 'key':
            sock.sendto(payload[:-1] + bytes([payload[-1] ^ 1]), peer)
        elif peer[1] != first[1]:
            sock.sendto(first[0], peer)
