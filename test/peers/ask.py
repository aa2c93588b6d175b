"""Asks an echo server at several addresses, through connected sockets: an answer from any other address
than the one asked never reaches them.

Usage: ask.py PORT ADDRESS... ; exits with 0 where each answered, else names the one that did not.
"""

import socket
import sys

port, *addresses = sys.argv[1:]
for address in addresses:
    info = socket.getaddrinfo(address, int(port), type=socket.SOCK_DGRAM)[0]
    with socket.socket(info[0], socket.SOCK_DGRAM) as sock:
        sock.settimeout(30)
        sock.connect(info[4])
        sock.send(address.encode())
        try:
            reply = sock.recv(65535)
        except OSError as error:
            sys.exit(f'{address}: {error}')
        if reply != address.encode():
            sys.exit(f'{address}: {reply}')
