// SPDX-License-Identifier: MIT
// UDP echo, up to 64 datagrams a system call: recvmmsg, and the same headers to sendmmsg.
#include "echo-socket.h"

#define SLOTS 64
#define SLOT_BYTES 2048
// A cache line more than a power of two: no two slots' first lines share a cache set.
#define SLOT_STRIDE (SLOT_BYTES + 64)

int main(int argc, char **argv) {
  static char payloads[SLOTS * SLOT_STRIDE];
  static struct sockaddr_in peers[SLOTS];
  static struct iovec parts[SLOTS];
  static struct mmsghdr headers[SLOTS];
  int fd = bind_echo_socket(argc, argv);
  for (int slot = 0; slot < SLOTS; slot++) {
    parts[slot] = (struct iovec){payloads + slot * SLOT_STRIDE, SLOT_BYTES};
    headers[slot].msg_hdr = (struct msghdr){
        .msg_name = &peers[slot], .msg_namelen = sizeof peers[slot],
        .msg_iov = &parts[slot], .msg_iovlen = 1};
  }
  for (;;) {
    int count = recvmmsg(fd, headers, SLOTS, MSG_WAITFORONE, NULL);
    if (count < 0) continue;
    for (int slot = 0; slot < count; slot++) parts[slot].iov_len = headers[slot].msg_len;
    for (int first = 0; first < count;) {
      int sent = sendmmsg(fd, headers + first, (unsigned)(count - first), 0);
      // A datagram that can't be sent is passed over, as anywhere.
      first += sent > 0 ? sent : 1;
    }
    for (int slot = 0; slot < count; slot++) {
      parts[slot].iov_len = SLOT_BYTES;
      headers[slot].msg_hdr.msg_namelen = sizeof peers[slot];
    }
  }
}
