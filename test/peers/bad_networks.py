"""Echo services on ports in a row, each behind a bad network of its own, and what became of each datagram.

Usage: bad_networks.py HOST FIRST_PORT COUNT SEED LATE_MS

Each port draws shares of its own from the seed. A datagram is dropped, answered LATE_MS later, answered twice, or answered.
For each line on standard input it prints one JSON object: by port what was answered, late, dropped and duplicated.
"""

import heapq
import json
import random
import select
import socket
import sys
import time

host, first_port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
seed, late_ms = int(sys.argv[4]), float(sys.argv[5])


class Network:
    def __init__(self, port):
        self.random = random.Random(seed * 100_000 + port)
        self.drop_share = self.random.choice([0, 0.02, 0.1, 0.3])
        self.late_share = self.random.choice([0, 0.05])
        self.twice_share = self.random.choice([0, 0.05])
        self.log = {'answered': 0, 'late': 0, 'dropped': 0, 'duplicated': 0}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        self.socket.bind((host, port))
        self.socket.setblocking(False)

    def fate(self):
        drawn = self.random.random()
        if drawn < self.drop_share:
            return 'dropped'
        if drawn < self.drop_share + self.late_share:
            return 'late'
        return 'answered'


networks = {port: Network(port) for port in range(first_port, first_port + count)}
by_socket = {network.socket: network for network in networks.values()}
due, datagrams = [], 0


def take(network):
    global datagrams
    payload, peer = network.socket.recvfrom(65535)
    fate = network.fate()
    network.log[fate] += 1
    datagrams += 1
    if fate == 'late':
        heapq.heappush(due, (time.monotonic() + late_ms / 1000, datagrams, network, payload, peer))
    if fate == 'answered':
        network.socket.sendto(payload, peer)
        if network.random.random() < network.twice_share:
            network.log['duplicated'] += 1
            network.socket.sendto(payload, peer)


print('echoing', flush=True)
while True:
    wait = max(0, due[0][0] - time.monotonic()) if due else None
    readable = select.select([*by_socket, sys.stdin], [], [], wait)[0]
    for source in readable:
        if source is sys.stdin:
            if not sys.stdin.readline():
                sys.exit()
            print(json.dumps({port: network.log for port, network in networks.items()}), flush=True)
        else:
            take(by_socket[source])
    while due and due[0][0] <= time.monotonic():
        _at, _number, network, payload, peer = heapq.heappop(due)
        network.socket.sendto(payload, peer)
