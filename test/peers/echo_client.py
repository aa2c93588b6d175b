"""The UDP lesson's echo client in Python 3: one message, one reply.

Usage: echo_client.py PORT [HOST [LOCAL_PORT]]
"""

import socket
import sys

port = int(sys.argv[1])
host = sys.argv[2] if len(sys.argv) > 2 else 'localhost'
message = b'This is the message.  It will be repeated.'

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.settimeout(30)
    if len(sys.argv) > 3:
        sock.bind(('', int(sys.argv[3])))
    print(f'sending "{message.decode()}"')
    sock.sendto(message, (host, port))
    print('waiting to receive')
    reply, server = sock.recvfrom(65535)
    print(f'received "{reply.decode()}"')
    print('closing socket')
