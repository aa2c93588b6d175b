"""The UDP lesson's echo server in Python 3: answers everybody, for ever.

Usage: echo_server.py [PORT [HOST]], localhost and a free port unless given.
"""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
host = sys.argv[2] if len(sys.argv) > 2 else 'localhost'

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.bind((host, port))
    print(f'starting up on {host} port {sock.getsockname()[1]}', flush=True)
    while True:
        print('\nwaiting to receive message', flush=True)
        payload, client = sock.recvfrom(65535)
        print(f'received {len(payload)} bytes from {client}')
        print(payload.decode('utf-8', 'backslashreplace'))
        sent = sock.sendto(payload, client)
        print(f'sent {sent} bytes back to {client}', flush=True)
