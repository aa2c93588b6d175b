"""A UDP server with a fault, on a free port of 127.0.0.1.

Usage: faulty_server.py joined|joined-stamp|joined-udp-echo-plus|swapped

joined: sends two datagrams of one sender back as one, as they are or as replies of STAMP or UDPEchoPlus (TR-143 appendix
A.1.4). swapped: a STAMP reflector that has its own time where the
sender's belongs, and the other way round (RFC 8762 section 4.3.1: T3 at 4, T1 at 28). Prints `port N`.
"""

import itertools
import socket
import struct
import sys
import time

fault = sys.argv[1]
NTP_EPOCH = 2_208_988_800


numbers = itertools.count()


def timestamp():
    now = time.time()
    return struct.pack('!II', (int(now) + NTP_EPOCH) % 2**32, int((now % 1) * 2**32))


def stamp_reply(packet):
    """RFC 8762 section 4.3.1, with the SSID of RFC 8972."""
    number, sent, error, ssid = packet[0:4], packet[4:12], packet[12:14], packet[14:16]
    own = struct.pack('!I', next(numbers))
    head = own + timestamp() + error + ssid + timestamp() + number + sent + error + bytes(2) + b'\x40' + bytes(3)
    return head + packet[len(head):]


def udp_echo_plus_reply(packet):
    now = int(time.monotonic() * 1e6) % 2**32
    return packet[0:4] + struct.pack('!IIII', 1 + next(numbers), now, now, 0) + packet[20:]


def swapped(packet):
    stamp = timestamp()
    number, error, ssid = packet[0:4], packet[12:14], packet[14:16]
    sent = packet[4:12]
    return number + sent + error + ssid + stamp + number + stamp + error + bytes(2) + b'\x40' + bytes(3)


REPLY = {
    'joined': lambda packet: packet,
    'joined-stamp': stamp_reply,
    'joined-udp-echo-plus': udp_echo_plus_reply,
}

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.bind(('127.0.0.1', 0))
    print(f'port {sock.getsockname()[1]}', flush=True)
    waiting = b''
    while True:
        packet, source = sock.recvfrom(65_535)
        if fault == 'swapped':
            sock.sendto(swapped(packet), source)
        elif waiting:
            sock.sendto(REPLY[fault](waiting) + REPLY[fault](packet), source)
            waiting = b''
        else:
            waiting = packet
