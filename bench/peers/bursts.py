"""Fills a queue from time to time, so that round-trip times have a tail.

    bursts.py HOST PORT DATAGRAMS SEED

Sends bursts of 1,400 octets until it is ended, 150 to 350 ms apart: never in step with a prober.
"""

import random
import socket
import sys
import time

host, port, datagrams, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
gaps = random.Random(seed)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    while True:
        time.sleep(gaps.uniform(0.15, 0.35))
        for _ in range(datagrams):
            sender.sendto(bytes(1400), (host, port))
