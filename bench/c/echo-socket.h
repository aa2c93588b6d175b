// SPDX-License-Identifier: MIT
// What the C servers share: their arguments, and a bound UDP socket.
#ifndef ECHO_SOCKET_H
#define ECHO_SOCKET_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// The same as echogram asks for, so that no server drops for want of a buffer.
#define RECEIVE_BUFFER_BYTES (4 << 20)

static void fail(const char *what) {
  perror(what);
  exit(1);
}

// Binds the port given as first argument, 0 for a free one, at the address given as second, 127.0.0.1
// unless given, and prints both.
static int bind_echo_socket(int argc, char **argv) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) fail("socket");
  int bytes = RECEIVE_BUFFER_BYTES;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  struct sockaddr_in local = {.sin_family = AF_INET};
  local.sin_port = htons(argc > 1 ? (uint16_t)atoi(argv[1]) : 0);
  const char *host = argc > 2 ? argv[2] : "127.0.0.1";
  if (inet_pton(AF_INET, host, &local.sin_addr) != 1) fail(host);
  socklen_t length = sizeof local;
  if (bind(fd, (struct sockaddr *)&local, length) < 0) fail("bind");
  if (getsockname(fd, (struct sockaddr *)&local, &length) < 0) fail("getsockname");
  printf("listening on %s port %d\n", host, ntohs(local.sin_port));
  fflush(stdout);
  return fd;
}

#endif
