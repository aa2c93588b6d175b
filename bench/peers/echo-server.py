# SPDX-License-Identifier: MIT
# The classic lesson's UDP echo server: one recvfrom and one sendto a datagram. Its two prints for
# each datagram are left out: they would cost it more than the echo does.
import socket
import sys

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0))
print("starting up on %s port %s" % sock.getsockname(), flush=True)

while True:
    data, address = sock.recvfrom(4096)
    if data:
        sock.sendto(data, address)
