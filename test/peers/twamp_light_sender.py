"""A TWAMP-Light sender (RFC 5357 section 4.1.2): asks, waits for each reply, and prints what the replies say.

Usage: twamp_light_sender.py ADDRESS PORT SOURCE_PORT OCTETS zeros|random COUNT

Numbers its packets from 0 and pads them to OCTETS, as twampy does with zeros (14 where it is not told) and
twping with random octets (RFC 5357 section 4.1.2). Prints one JSON object: numbers (of each reply its own and
that of its packet), octets (of each reply) and unanswered.
"""

import json
import os
import socket
import struct
import sys
import time

NTP_EPOCH = 2_208_988_800
WAIT_SECONDS = 1.0

address, port, source_port, octets, padding, count = sys.argv[1:]
info = socket.getaddrinfo(address, int(port), type=socket.SOCK_DGRAM)[0]
numbers, lengths, unanswered = [], [], 0
with socket.socket(info[0], socket.SOCK_DGRAM) as sock:
    sock.bind(('', int(source_port)))
    sock.connect(info[4])
    sock.settimeout(WAIT_SECONDS)
    for number in range(int(count)):
        now = time.time()
        seconds, fraction = int(now) + NTP_EPOCH, int((now % 1) * 2**32)
        # Synchronised, and off by 2^-11 s at most.
        packet = struct.pack('!IIIH', number, seconds % 2**32, fraction, 0x9501)
        rest = int(octets) - len(packet)
        filling = bytearray(os.urandom(rest) if padding == 'random' else bytes(rest))
        if len(filling) > 23:
            # One random packet in 65,000 looks like a reply; none does without a multiplier in octet 37.
            filling[23] = 0
        sock.send(packet + filling)
        try:
            reply = sock.recv(65_535)
        except socket.timeout:
            unanswered += 1
            continue
        # RFC 5357 section 4.2.1: number at 0, that of the sender at 24.
        numbers.append([*struct.unpack_from('!I', reply, 0), *struct.unpack_from('!I', reply, 24)])
        lengths.append(len(reply))
print(json.dumps({'numbers': numbers, 'octets': lengths, 'unanswered': unanswered}), flush=True)
