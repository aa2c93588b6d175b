"""Sends one datagram to a broadcast or multicast address, out of a given interface.

Usage: to_group.py INTERFACE ADDRESS PORT
"""

import socket
import sys

interface, address, port = sys.argv[1:]
info = socket.getaddrinfo(address, int(port), type=socket.SOCK_DGRAM)[0]
with socket.socket(info[0], socket.SOCK_DGRAM) as sock:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    if info[0] == socket.AF_INET6:
        index = socket.if_nametoindex(interface)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    sock.sendto(b'hello, everybody', info[4])
