// SPDX-License-Identifier: MIT
// UDP echo, one datagram a system call: recvfrom, sendto.
#include "echo-socket.h"

int main(int argc, char **argv) {
  static char payload[65536];
  int fd = bind_echo_socket(argc, argv);
  for (;;) {
    struct sockaddr_in peer;
    socklen_t peer_bytes = sizeof peer;
    ssize_t length = recvfrom(fd, payload, sizeof payload, 0, (struct sockaddr *)&peer, &peer_bytes);
    if (length < 0) continue;
    sendto(fd, payload, (size_t)length, 0, (struct sockaddr *)&peer, peer_bytes);
  }
}
