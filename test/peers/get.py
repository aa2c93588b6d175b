"""Prints the body of what an HTTP server answers, asked from the host where this program runs.

Usage: get.py HOST:PORT PATH
"""

import http.client
import sys

host, path = sys.argv[1:]
connection = http.client.HTTPConnection(host, timeout=30)
connection.request('GET', path)
print(connection.getresponse().read().decode())
