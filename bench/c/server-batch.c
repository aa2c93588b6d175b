// SPDX-License-Identifier: MIT
// UDP echo, up to 64 datagrams a system call: recvmmsg, and the same headers to sendmmsg. On SIGTERM it
// ends with one line of JSON: what it received and sent, and what the kernel dropped before.
#include "echo-socket.h"
#include <linux/sock_diag.h>
#include <signal.h>

#define SLOTS 64
#define SLOT_BYTES 2048
// A cache line more than a power of two: no two slots' first lines share a cache set.
#define SLOT_STRIDE (SLOT_BYTES + 64)

static volatile sig_atomic_t is_ending;

static void end(int signal) {
  (void)signal;
  is_ending = 1;
}

// Without SA_RESTART, so that the signal ends a wait for datagrams.
static void end_on_sigterm(void) {
  struct sigaction action = {.sa_handler = end};
  if (sigaction(SIGTERM, &action, NULL) < 0) fail("sigaction");
}

static void report(int fd, uint64_t received, uint64_t sent) {
  uint32_t memory[SK_MEMINFO_VARS];
  socklen_t length = sizeof memory;
  if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &length) < 0) fail("SO_MEMINFO");
  printf("{\"received\":%llu,\"sent\":%llu,\"dropped\":%u}\n", (unsigned long long)received,
         (unsigned long long)sent, memory[SK_MEMINFO_DROPS]);
}

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
  uint64_t received = 0, answered = 0;
  end_on_sigterm();
  while (!is_ending) {
    int count = recvmmsg(fd, headers, SLOTS, MSG_WAITFORONE, NULL);
    if (count < 0) continue;
    received += (uint64_t)count;
    for (int slot = 0; slot < count; slot++) parts[slot].iov_len = headers[slot].msg_len;
    for (int first = 0; first < count;) {
      int sent = sendmmsg(fd, headers + first, (unsigned)(count - first), 0);
      // A datagram that can't be sent is passed over, as anywhere.
      first += sent > 0 ? sent : 1;
      answered += sent > 0 ? (uint64_t)sent : 0;
    }
    for (int slot = 0; slot < count; slot++) {
      parts[slot].iov_len = SLOT_BYTES;
      headers[slot].msg_hdr.msg_namelen = sizeof peers[slot];
    }
  }
  report(fd, received, answered);
  return 0;
}
