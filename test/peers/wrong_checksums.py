"""Sends UDP datagrams with a wrong checksum, then a good one, and waits for its echo; root only.

Usage: wrong_checksums.py SOURCE ADDRESS PORT COUNT PAYLOAD_BYTES

A server takes what waits in its socket in order, so once the echo is here, all before it were judged.
"""

import socket
import struct
import sys

source, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
count, size = int(sys.argv[4]), int(sys.argv[5])


def datagram(local_port, payload):
    """IPv4 and UDP headers (RFC 791, RFC 768), with a checksum that is not the right one."""
    length = 8 + len(payload)
    pseudo = socket.inet_aton(source) + socket.inet_aton(address) + struct.pack('!BBH', 0, 17, length)
    header = struct.pack('!HHH', local_port, port, length)
    words = pseudo + header + payload + b'\0' * (len(payload) % 2)
    total = sum(struct.unpack('!%dH' % (len(words) // 2), words))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    # The right one is the complement of the sum; 1 beside it is wrong, and not 0, which means "none".
    wrong = ((~total & 0xffff) ^ 1) or 2
    ip = struct.pack(
        '!BBHHHBBH4s4s', 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_UDP, 0,
        socket.inet_aton(source), socket.inet_aton(address),
    )
    return ip + header + struct.pack('!H', wrong) + payload


with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as good:
    good.bind((source, 0))
    good.settimeout(20)
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for number in range(count):
        payload = struct.pack('!I', number) + b'x' * (size - 4)
        raw.sendto(datagram(good.getsockname()[1], payload), (address, 0))
    good.sendto(b'good', (address, port))
    assert good.recvfrom(65535) == (b'good', (address, port))
