"""Tries to share a UDP port through SO_REUSEADDR, as a program that wants its datagrams.

    bind_reusing.py ADDRESS PORT
"""

import socket
import sys

thief = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
thief.bind((sys.argv[1], int(sys.argv[2])))
