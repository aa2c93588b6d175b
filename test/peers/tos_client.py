"""Sends datagrams with a type of service each and prints that of each reply, in the order sent.

Usage: tos_client.py [--payload HEX] ADDRESS PORT TOS...

Sends all of them, prints `sent`, then takes the replies. The last octet of the payload numbers it: it is
overwritten.
"""

import socket
import struct
import sys

arguments = sys.argv[1:]
payload = b'type of service?'
if arguments[0] == '--payload':
    payload = bytes.fromhex(arguments[1])
    arguments = arguments[2:]
address, port, *classes = arguments
info = socket.getaddrinfo(address, int(port), type=socket.SOCK_DGRAM)[0]
is_ipv6 = info[0] == socket.AF_INET6
level = socket.IPPROTO_IPV6 if is_ipv6 else socket.IPPROTO_IP
send_option = socket.IPV6_TCLASS if is_ipv6 else socket.IP_TOS
IP_RECVTOS = 13
receive_option = socket.IPV6_RECVTCLASS if is_ipv6 else IP_RECVTOS

with socket.socket(info[0], socket.SOCK_DGRAM) as sock:
    sock.settimeout(30)
    sock.setsockopt(level, receive_option, 1)
    sock.connect(info[4])
    for number, tos in enumerate(classes):
        sock.setsockopt(level, send_option, int(tos))
        sock.send(payload[:-1] + bytes([number]))
    print('sent', flush=True)
    seen = {}
    while len(seen) < len(classes):
        reply, controls, _flags, _source = sock.recvmsg(65535, 256)
        for _level, kind, data in controls:
            if _level == level and kind in (socket.IP_TOS, socket.IPV6_TCLASS):
                # One octet over IPv4 (ip(7)), an int over IPv6 (ipv6(7)).
                seen[reply[-1]] = data[0] if len(data) == 1 else struct.unpack('i', data)[0]
    print('replied', *(seen[number] for number in range(len(classes))))
