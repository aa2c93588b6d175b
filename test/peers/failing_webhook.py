"""A webhook that fails once in each given way, in this order, and prints what it took.

usage: failing_webhook.py (redirect | unavailable | drop)...
Prints its port, then each body that it took, in one line, after the Authorization header.
"""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

ways = sys.argv[1:]


class Webhook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        way = ways.pop(0) if ways else "take"
        if way == "redirect":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
        elif way == "unavailable":
            self.send_error(503)
        elif way == "drop":
            self.connection.close()
        else:
            self.take(body)

    def take(self, body):
        print(self.headers.get("Authorization", "-"), body.decode(), flush=True)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Webhook)
print(server.server_address[1], flush=True)
server.serve_forever()
