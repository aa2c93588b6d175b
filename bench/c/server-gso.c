// SPDX-License-Identifier: MIT
// UDP echo that takes runs as the kernel coalesced them (UDP_GRO) and sends each back as one
// (UDP_SEGMENT), up to 64 runs a system call.
#include "echo-socket.h"
#include <netinet/udp.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

#define SLOTS 64
#define SLOT_BYTES 65535
// 17 pages and a cache line: no two slots' first lines share a cache set.
#define SLOT_STRIDE (17 * 4096 + 64)

union control {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

// The length of each datagram in a coalesced run, or 0 where the message is one datagram.
static int segment_bytes(struct msghdr *message) {
  struct cmsghdr *header = CMSG_FIRSTHDR(message);
  if (header == NULL || header->cmsg_level != SOL_UDP || header->cmsg_type != UDP_GRO) return 0;
  int bytes;
  memcpy(&bytes, CMSG_DATA(header), sizeof bytes);
  return bytes;
}

static void prepare_reply(struct mmsghdr *entry) {
  struct msghdr *message = &entry->msg_hdr;
  int segment = segment_bytes(message);
  message->msg_iov->iov_len = entry->msg_len;
  if (segment == 0 || (unsigned)segment >= entry->msg_len) {
    message->msg_controllen = 0;
    return;
  }
  uint16_t bytes = (uint16_t)segment;
  struct cmsghdr *header = message->msg_control;
  header->cmsg_len = CMSG_LEN(sizeof bytes);
  header->cmsg_level = SOL_UDP;
  header->cmsg_type = UDP_SEGMENT;
  memcpy(CMSG_DATA(header), &bytes, sizeof bytes);
  message->msg_controllen = CMSG_SPACE(sizeof bytes);
}

int main(int argc, char **argv) {
  static struct sockaddr_in peers[SLOTS];
  static union control controls[SLOTS];
  static struct iovec parts[SLOTS];
  static struct mmsghdr headers[SLOTS];
  char *payloads = malloc((size_t)SLOTS * SLOT_STRIDE);
  int fd = bind_echo_socket(argc, argv);
  int on = 1;
  if (setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof on) < 0) fail("UDP_GRO");
  for (int slot = 0; slot < SLOTS; slot++) {
    parts[slot].iov_base = payloads + (size_t)slot * SLOT_STRIDE;
    headers[slot].msg_hdr.msg_name = &peers[slot];
    headers[slot].msg_hdr.msg_iov = &parts[slot];
    headers[slot].msg_hdr.msg_iovlen = 1;
    headers[slot].msg_hdr.msg_control = &controls[slot];
  }
  int used = SLOTS;
  for (;;) {
    for (int slot = 0; slot < used; slot++) {
      parts[slot].iov_len = SLOT_BYTES;
      headers[slot].msg_hdr.msg_namelen = sizeof peers[slot];
      headers[slot].msg_hdr.msg_controllen = sizeof controls[slot];
    }
    used = 0;
    int count = recvmmsg(fd, headers, SLOTS, MSG_WAITFORONE, NULL);
    if (count < 0) continue;
    used = count;
    for (int slot = 0; slot < count; slot++) prepare_reply(&headers[slot]);
    for (int first = 0; first < count;) {
      int sent = sendmmsg(fd, headers + first, (unsigned)(count - first), 0);
      first += sent > 0 ? sent : 1;
    }
  }
}
