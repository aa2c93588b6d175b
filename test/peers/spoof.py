"""Sends UDP datagrams of random sizes from random forged sources, and checks every answer that comes by.

Usage: spoof.py INTERFACE TARGET PORT COUNT

No source is in 10.0.0.0/8, where the hosts of tests are, and no answer to there is looked at.

Needs root: it forges through a raw socket, and looks at all that comes in through a packet socket. What
a source sends follows from its address and port, so that nothing has to be remembered. Prints `sent`,
takes answers until a line comes on standard input and nothing is left, and prints one JSON object: sent,
sane (from addresses that a stranger may have), answers, wrong (answers that are no exact echo) and
dropped (answers for which this program had no room).
"""

import json
import random
import select
import socket
import struct
import sys

ETH_P_IP, PACKET_OUTGOING = 0x0800, 4
SOL_PACKET, PACKET_STATISTICS = 263, 6
SO_RCVBUFFORCE = 33
LONGEST = 65_507

interface, target, port, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
numbers = random.Random(862)
NOISE = numbers.randbytes(2 * LONGEST)
TARGET = socket.inet_aton(target)

forger = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
forger.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 * 1024 * 1024)
looker = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
looker.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 256 * 1024 * 1024)
looker.bind((interface, ETH_P_IP))
looker.setblocking(False)


def payload(source, source_port):
    """Mostly up to 1,400 octets; one in 64 up to the longest there is."""
    mixed = (source * 2_654_435_761 + source_port * 40_503) & 0xffffffff
    size = mixed % (LONGEST + 1) if mixed >> 26 == 0 else mixed % 1401
    start = (mixed >> 8) % LONGEST
    return NOISE[start:start + size]


def any_source(index):
    """One in 16 from anywhere, groups, loopback and reserved addresses among them."""
    while True:
        source = numbers.getrandbits(32)
        first = source >> 24
        is_sane = 0 < first < 224 and first != 127
        if first != 10 and (is_sane or index % 16 == 0):
            return source, is_sane


answers = wrong = dropped = sane = 0


def look():
    global answers, wrong
    while True:
        try:
            packet, (_name, _protocol, kind, *_rest) = looker.recvfrom(65_600)
        except BlockingIOError:
            return
        if kind == PACKET_OUTGOING or packet[9] != socket.IPPROTO_UDP or packet[12:16] != TARGET:
            continue
        if packet[16] == 10:
            continue
        words = (packet[0] & 15) * 4
        from_port, to_port, length, _checksum = struct.unpack_from('!HHHH', packet, words)
        to = struct.unpack_from('!I', packet, 16)[0]
        answers += 1
        if from_port != port or packet[words + 8:words + length] != payload(to, to_port):
            wrong += 1


for index in range(count):
    source, is_sane = any_source(index)
    source_port = numbers.getrandbits(16)
    data = payload(source, source_port)
    header = struct.pack('!BBHHHBBHI4s', 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_UDP, 0, source, TARGET)
    udp = struct.pack('!HHHH', source_port, port, 8 + len(data), 0)
    forger.sendto(header + udp + data, (target, 0))
    sane += is_sane
    if index % 64 == 0:
        look()
print(f'sent {count}', flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    if looker in select.select([looker, sys.stdin], [], [])[0]:
        look()
look()
_packets, dropped = struct.unpack('II', looker.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
print(json.dumps({
    'sent': count, 'sane': sane, 'answers': answers, 'wrong': wrong, 'dropped': dropped,
}), flush=True)
