"""What passes an interface of ICMP echo and of one UDP port: requests, replies and round-trip times of
each target, as the kernel's tap saw them.

    echo_truth.py INTERFACE UDP_PORT

Prints "capturing"; on SIGTERM one line of JSON: {PROBER: {ADDRESS: {"requests", "rttNs"}}}.
"""

import json
import signal
import socket
import struct
import sys

ETH_P_IP = 0x0800
SO_TIMESTAMPNS = 35
ICMP_ECHO_REQUEST = 8
ICMP_ECHO_REPLY = 0
IS_OUTGOING = 4  # PACKET_OUTGOING, if_packet.h

# blackbox_exporter writes its name into its payload (prober/icmp.go).
BLACKBOX = b"Prometheus Blackbox Exporter"


class Truth:
    def __init__(self, udp_port):
        self.udp_port = udp_port
        self.waiting = {}
        self.found = {}

    def see(self, packet, is_outgoing, time_ns):
        header_bytes = (packet[0] & 0x0F) * 4
        protocol = packet[9]
        peer = socket.inet_ntoa(packet[16:20] if is_outgoing else packet[12:16])
        rest = packet[header_bytes:]
        key = self.icmp_key(rest, is_outgoing) if protocol == 1 else None
        if protocol == 17:
            key = self.udp_key(rest, is_outgoing)
        if key is None:
            return
        if is_outgoing:
            self.waiting[(peer, key)] = time_ns
            self.of(key[0], peer)["requests"] += 1
        elif (peer, key) in self.waiting:
            rtt_ns = time_ns - self.waiting.pop((peer, key))
            self.of(key[0], peer)["rttNs"].append(rtt_ns)

    def of(self, prober, address):
        targets = self.found.setdefault(prober, {})
        return targets.setdefault(address, {"requests": 0, "rttNs": []})

    def icmp_key(self, icmp, is_outgoing):
        if icmp[0] != (ICMP_ECHO_REQUEST if is_outgoing else ICMP_ECHO_REPLY):
            return None
        prober = "blackbox" if BLACKBOX in icmp else "smokeping"
        return (prober, icmp[4:8])

    def udp_key(self, udp, is_outgoing):
        source, destination = struct.unpack("!HH", udp[:4])
        if (destination if is_outgoing else source) != self.udp_port:
            return None
        return ("echogram", (source if is_outgoing else destination, udp[8:]))


class Stopped(Exception):
    pass


def stop(*_):
    raise Stopped


def main():
    interface, udp_port = sys.argv[1], int(sys.argv[2])
    truth = Truth(udp_port)
    signal.signal(signal.SIGTERM, stop)
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3)) as tap:
        tap.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        tap.bind((interface, 3))
        print("capturing", flush=True)
        try:
            while True:
                packet, control, _, (_, protocol, packet_type, *_) = tap.recvmsg(2048, 128)
                seconds, nanoseconds = struct.unpack("qq", control[0][2][:16])
                if protocol == ETH_P_IP:
                    truth.see(packet, packet_type == IS_OUTGOING, seconds * 10**9 + nanoseconds)
        except Stopped:
            print(json.dumps(truth.found), flush=True)


main()
