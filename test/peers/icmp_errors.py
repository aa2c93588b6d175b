"""An echo service before whose echo an ICMP error comes for each datagram, from a sender of one's choice (root only).

Usage: icmp_errors.py ADDRESS PORT,SENDER,TYPE,CODE,ECHO_AFTER_MS...

Each port has its own error. The sender is any IPv4 address, or an IPv6 address of this host. ECHO_AFTER_MS is `never`
where no echo is wanted. The error quotes the datagram with its headers (RFC 792, RFC 4443).
"""

import heapq
import ipaddress
import select
import socket
import struct
import sys
import time

ICMP, ICMPV6, UDP = 1, 58, 17

address = sys.argv[1]
is_v6 = ':' in address
family = socket.AF_INET6 if is_v6 else socket.AF_INET


def checksum(data):
    """RFC 1071."""
    words = sum(struct.unpack(f'!{(len(data) + 1) // 2}H', data + bytes(len(data) % 2)))
    words = (words & 0xffff) + (words >> 16)
    return ~(words + (words >> 16)) & 0xffff


def quoted(payload, peer, port):
    client, target = (ipaddress.ip_address(a).packed for a in (peer[0], address))
    udp = struct.pack('!HHHH', peer[1], port, 8 + len(payload), 0) + payload
    if is_v6:
        return struct.pack('!IHBB', 6 << 28, len(udp), UDP, 64) + client + target + udp
    return struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(udp), 0, 0, 64, UDP, 0) + client + target + udp


class Service:
    def __init__(self, spec):
        port, self.sender, kind, code, after = spec.split(',')
        self.port, self.kind, self.code = int(port), int(kind), int(code)
        self.after = None if after == 'never' else int(after) / 1000
        self.echo = socket.socket(family, socket.SOCK_DGRAM)
        self.echo.bind((address, self.port))
        if is_v6:
            self.raw = socket.socket(family, socket.SOCK_RAW, ICMPV6)
            self.raw.bind((self.sender, 0))
        else:
            self.raw = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def fileno(self):
        return self.echo.fileno()

    def error(self, payload, peer):
        # The second word is an MTU where something is too big: ICMPv6 has 32 bits for it, ICMP 16.
        head = struct.pack('!BBHI', self.kind, self.code, 0, 1400)
        message = head + quoted(payload, peer, self.port)
        if is_v6:
            return message
        return head[:2] + struct.pack('!H', checksum(message)) + message[4:]

    def answer(self):
        payload, peer = self.echo.recvfrom(65535)
        message = self.error(payload, peer)
        if is_v6:
            self.raw.sendto(message, (peer[0], 0))
        else:
            header = struct.pack('!BBHHHBBH', 0x45, 0, 0, 0, 0, 64, ICMP, 0)
            ends = socket.inet_aton(self.sender) + socket.inet_aton(peer[0])
            self.raw.sendto(header + ends + message, (peer[0], 0))
        if self.after is not None:
            heapq.heappush(echoes, (time.monotonic() + self.after, id(payload), self.echo, payload, peer))


echoes = []
services = [Service(spec) for spec in sys.argv[2:]]
print('ready', flush=True)

while True:
    wait = max(0, echoes[0][0] - time.monotonic()) if echoes else None
    for service in select.select(services, [], [], wait)[0]:
        service.answer()
    while echoes and echoes[0][0] <= time.monotonic():
        _, _, echo, payload, peer = heapq.heappop(echoes)
        echo.sendto(payload, peer)
