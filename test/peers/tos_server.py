"""Echoes one datagram and prints the type of service and the hop limit that it came with.

Usage: tos_server.py ADDRESS

Prints `listening PORT` first, then `tos TOS hops HOPS`.
"""

import socket
import struct
import sys

(address,) = sys.argv[1:]
info = socket.getaddrinfo(address, 0, type=socket.SOCK_DGRAM)[0]
is_ipv6 = info[0] == socket.AF_INET6
level = socket.IPPROTO_IPV6 if is_ipv6 else socket.IPPROTO_IP
# ip(7), ipv6(7); Python 3 names only those for IPv6.
IP_RECVTOS, IP_RECVTTL = 13, 12
wanted = (socket.IPV6_RECVTCLASS, socket.IPV6_RECVHOPLIMIT) if is_ipv6 else (IP_RECVTOS, IP_RECVTTL)
tos_kind, hops_kind = (
    (socket.IPV6_TCLASS, socket.IPV6_HOPLIMIT) if is_ipv6 else (socket.IP_TOS, socket.IP_TTL)
)

with socket.socket(info[0], socket.SOCK_DGRAM) as sock:
    sock.settimeout(30)
    for option in wanted:
        sock.setsockopt(level, option, 1)
    sock.bind((address, 0))
    print(f'listening {sock.getsockname()[1]}', flush=True)
    payload, controls, _flags, source = sock.recvmsg(65535, 256)
    values = {
        kind: data[0] if len(data) == 1 else struct.unpack('i', data)[0]
        for control_level, kind, data in controls
        if control_level == level
    }
    sock.sendto(payload, source)
    print(f'tos {values[tos_kind]} hops {values[hops_kind]}', flush=True)
