"""Echoes datagrams and prints the type of service that each came with, by its first eight octets.

Usage: tos_list.py ADDRESS COUNT

Prints `listening PORT` first, and last `tos NUMBER=TOS ...`, in the order of coming; a number is a big-endian double.
"""

import socket
import struct
import sys

address, count = sys.argv[1], int(sys.argv[2])
info = socket.getaddrinfo(address, 0, type=socket.SOCK_DGRAM)[0]
is_ipv6 = info[0] == socket.AF_INET6
# ip(7): Python names IP_RECVTOS from 3.13 on.
level, option = (socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS) if is_ipv6 else (socket.IPPROTO_IP, 13)

with socket.socket(info[0], socket.SOCK_DGRAM) as sock:
    sock.settimeout(30)
    sock.setsockopt(level, option, 1)
    sock.bind((address, 0))
    print(f'listening {sock.getsockname()[1]}', flush=True)
    seen = []
    for _ in range(count):
        payload, controls, _flags, source = sock.recvmsg(65535, 256)
        (data,) = (data for control_level, _kind, data in controls if control_level == level)
        tos = data[0] if len(data) == 1 else struct.unpack('i', data)[0]
        seen.append(f'{int(struct.unpack("!d", payload[:8])[0])}={tos}')
        sock.sendto(payload, source)
    print('tos', *seen, flush=True)
