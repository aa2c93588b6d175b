"""Sends IPv4 UDP datagrams with a source of one's choice, through a raw socket (root only).

Usage: forge.py SOURCE SOURCE_PORT TARGET TARGET_PORT PAYLOAD...

A payload is text, or octets in hexadecimal after 0x.
"""

import socket
import struct
import sys

source, source_port, target, target_port, *payloads = sys.argv[1:]

with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as sock:
    for payload in payloads:
        data = bytes.fromhex(payload[2:]) if payload.startswith('0x') else payload.encode()
        # UDP header, RFC 768; checksum 0 means that there is none.
        udp = struct.pack('!HHHH', int(source_port), int(target_port), 8 + len(data), 0)
        # IPv4 header, RFC 791: version 4, five words, TTL 64, protocol 17. The kernel fills in length,
        # identification and checksum (raw(7)).
        ip = struct.pack(
            '!BBHHHBBH4s4s', 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_UDP, 0,
            socket.inet_aton(source), socket.inet_aton(target),
        )
        sock.sendto(ip + udp + data, (target, 0))
