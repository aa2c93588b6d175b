"""Sends UDP datagrams whose sources are addresses of one's choice on the wire, at a steady rate (root only).

Usage: forge_neighbours.py INTERFACE TARGET_MAC TARGET PORT FIRST_SOURCE SOURCES RATE SECONDS BYTES

The sources are FIRST_SOURCE and those that follow it, in turn, from changing ports, over IPv4 or IPv6. It
writes frames through a packet socket, so that no system on the way has a say. Prints `started` after the
first second, `sent N` at the end: RATE times SECONDS, later where this program stalled.
"""

import ipaddress
import socket
import struct
import sys
import time

interface, mac, target, port, first, sources, rate, seconds, size = sys.argv[1:10]
target, first = ipaddress.ip_address(target), ipaddress.ip_address(first)
port, sources, rate, size = int(port), int(sources), int(rate), int(size)
count = round(rate * float(seconds))
sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sock.bind((interface, 0))
own_mac = sock.getsockname()[4]
ethertype = 0x0800 if target.version == 4 else 0x86dd
ethernet = bytes.fromhex(mac.replace(':', '')) + own_mac + struct.pack('!H', ethertype)


def checksum(data):
    """RFC 1071."""
    data += b'\0' * (len(data) % 2)
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def frame(number):
    source = (first + number % sources).packed
    payload = struct.pack('!Q', number).ljust(size, b'x')[:size]
    length = 8 + len(payload)
    udp = struct.pack('!HHHH', 1024 + number % 60_000, port, length, 0) + payload
    pseudo = source + target.packed + struct.pack('!II', length, socket.IPPROTO_UDP)
    # RFC 768: a checksum of 0 is sent as all ones.
    sum_ = checksum(pseudo + udp) or 0xffff
    udp = udp[:6] + struct.pack('!H', sum_) + udp[8:]
    if target.version == 6:
        return ethernet + struct.pack('!IHBB', 6 << 28, length, 17, 64) + source + target.packed + udp
    header = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + length, 0, 0, 64, 17, 0, source, target.packed)
    header = header[:10] + struct.pack('!H', checksum(header)) + header[12:]
    return ethernet + header + udp


start = time.monotonic()
for number in range(count):
    wait = start + number / rate - time.monotonic()
    if wait > 0:
        time.sleep(wait)
    sock.send(frame(number))
    if number == rate:
        print('started', flush=True)
print(f'sent {count}', flush=True)
