"""An echo service before whose echo an ICMP error comes for each datagram, from a sender of one's choice (root only).

Usage: icmp_errors.py ADDRESS PORT SENDER TYPE CODE ECHO_AFTER_MS

The sender is any IPv4 address, or an IPv6 address of this host. ECHO_AFTER_MS is `never` where no echo is wanted. The
error quotes the datagram with its headers (RFC 792, RFC 4443).
"""

import ipaddress
import socket
import struct
import sys
import time

ICMP, ICMPV6, UDP = 1, 58, 17

address, port, sender, kind, code, after = sys.argv[1:]
port, kind, code = int(port), int(kind), int(code)
is_v6 = ':' in address


def checksum(data):
    """RFC 1071."""
    words = sum(struct.unpack(f'!{(len(data) + 1) // 2}H', data + bytes(len(data) % 2)))
    words = (words & 0xffff) + (words >> 16)
    return ~(words + (words >> 16)) & 0xffff


def quoted(payload, peer):
    client, target = (ipaddress.ip_address(a).packed for a in (peer[0], address))
    udp = struct.pack('!HHHH', peer[1], port, 8 + len(payload), 0) + payload
    if is_v6:
        return struct.pack('!IHBB', 6 << 28, len(udp), UDP, 64) + client + target + udp
    return struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(udp), 0, 0, 64, UDP, 0) + client + target + udp


def error(payload, peer):
    # The second word is an MTU where something is too big: ICMPv6 has 32 bits for it, ICMP 16.
    head = struct.pack('!BBHI', kind, code, 0, 1400)
    message = head + quoted(payload, peer)
    if is_v6:
        return message
    return head[:2] + struct.pack('!H', checksum(message)) + message[4:]


family = socket.AF_INET6 if is_v6 else socket.AF_INET
echo = socket.socket(family, socket.SOCK_DGRAM)
echo.bind((address, port))
if is_v6:
    raw = socket.socket(family, socket.SOCK_RAW, ICMPV6)
    raw.bind((sender, 0))
else:
    raw = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
print('ready', flush=True)

while True:
    payload, peer = echo.recvfrom(65535)
    message = error(payload, peer)
    if is_v6:
        raw.sendto(message, (peer[0], 0))
    else:
        header = struct.pack('!BBHHHBBH', 0x45, 0, 0, 0, 0, 64, ICMP, 0)
        raw.sendto(header + socket.inet_aton(sender) + socket.inet_aton(peer[0]) + message, (peer[0], 0))
    if after != 'never':
        time.sleep(int(after) / 1000)
        echo.sendto(payload, peer)
