"""A UDP server with a fault, on a free port of 127.0.0.1.

Usage: faulty_server.py joined|swapped

joined: sends two datagrams of one sender back as one. swapped: a STAMP reflector that has its own time where the
sender's belongs, and the other way round (RFC 8762 section 4.3.1: T3 at 4, T1 at 28). Prints `port N`.
"""

import socket
import struct
import sys
import time

fault = sys.argv[1]
NTP_EPOCH = 2_208_988_800


def swapped(packet):
    now = time.time()
    stamp = struct.pack('!II', (int(now) + NTP_EPOCH) % 2**32, int((now % 1) * 2**32))
    number, error, ssid = packet[0:4], packet[12:14], packet[14:16]
    sent = packet[4:12]
    return number + sent + error + ssid + stamp + number + stamp + error + bytes(2) + b'\x40' + bytes(3)


with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.bind(('127.0.0.1', 0))
    print(f'port {sock.getsockname()[1]}', flush=True)
    waiting = b''
    while True:
        packet, source = sock.recvfrom(65_535)
        if fault == 'swapped':
            sock.sendto(swapped(packet), source)
        elif waiting:
            sock.sendto(waiting + packet, source)
            waiting = b''
        else:
            waiting = packet
