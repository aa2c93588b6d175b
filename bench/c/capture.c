// SPDX-License-Identifier: MIT
// Packet capture of one UDP port on one interface, to a pcap file that any reader of such files opens
// (nanoseconds, LINKTYPE_LINUX_SLL, which says of each packet whether it came or went).
//
//   capture INTERFACE PORT FILE
//
// The kernel stamps packets as they pass its tap: on the way out before the driver gets them, on the
// way in as the driver hands them over. It looks for them fifty times a second only, so that nobody
// is woken, at the sender's cost, while a packet is on its way.
//
// Talk with its runner: prints "capturing"; on SIGTERM takes what is left, prints one line of JSON.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SLOTS 64
// IPv4 header without options, UDP header, and 64 datagrams of 64 bytes: on a virtual interface a run
// that was sent at once (GSO) is one packet.
#define KEPT_BYTES (20 + 8 + 64 * 64)
#define BUFFER_BYTES (64 << 20)
#define LOOK_NS 20000000
// Switching on time stamps takes effect a moment after the call that asks for it returns.
#define STAMPS_ON_NS 100000000

struct pcap_file_header {
  uint32_t magic;
  uint16_t major, minor;
  uint32_t zone, accuracy, kept_bytes, link_type;
};

struct pcap_packet_header {
  uint32_t seconds, nanoseconds, kept_bytes, bytes;
};

// https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html, in network order.
struct cooked_header {
  uint16_t packet_type, hardware_type, address_bytes;
  uint8_t address[8];
  uint16_t protocol;
};

static char payloads[SLOTS][KEPT_BYTES];
static struct sockaddr_ll links[SLOTS];
static char controls[SLOTS][CMSG_SPACE(sizeof(struct timespec))];
static struct iovec parts[SLOTS];
static struct mmsghdr headers[SLOTS];
static volatile sig_atomic_t is_ending;
static unsigned long packets, unstamped;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void sleep_ns(long nanoseconds) {
  struct timespec time = {.tv_nsec = nanoseconds};
  nanosleep(&time, NULL);
}

static void end(int signal) {
  (void)signal;
  is_ending = 1;
}

// Datagrams of IPv4 without options from or to the port; a fragment is none.
static void filter(int fd, uint16_t port) {
  struct sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x45, 0, 8),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 6),
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x3fff, 4, 0),
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 20),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 3, 0),
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 22),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, KEPT_BYTES),
  };
  struct sock_fprog program = {sizeof steps / sizeof *steps, steps};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0) {
    fail("SO_ATTACH_FILTER");
  }
}

static int open_tap(const char *interface, uint16_t port) {
  // No protocol yet: nothing comes before the filter is there.
  int fd = socket(AF_PACKET, SOCK_DGRAM, 0);
  if (fd < 0) fail("socket");
  int on = 1, bytes = BUFFER_BYTES;
  filter(fd, port);
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0) fail("SO_RCVBUFFORCE");
  if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0) fail("SO_TIMESTAMPNS");
  struct sockaddr_ll local = {.sll_family = AF_PACKET,
                              // Only who takes every protocol is shown what goes out.
                              .sll_protocol = htons(ETH_P_ALL),
                              .sll_ifindex = (int)if_nametoindex(interface)};
  if (local.sll_ifindex == 0) fail(interface);
  sleep_ns(STAMPS_ON_NS);
  if (bind(fd, (struct sockaddr *)&local, sizeof local) < 0) fail("bind");
  return fd;
}

static void lay_out(void) {
  for (int slot = 0; slot < SLOTS; slot++) {
    parts[slot] = (struct iovec){payloads[slot], KEPT_BYTES};
    headers[slot].msg_hdr = (struct msghdr){.msg_name = &links[slot],
                                            .msg_iov = &parts[slot],
                                            .msg_iovlen = 1,
                                            .msg_control = controls[slot]};
  }
}

static void write_packet(FILE *file, int slot) {
  struct msghdr *message = &headers[slot].msg_hdr;
  struct cmsghdr *header = CMSG_FIRSTHDR(message);
  if (header == NULL || header->cmsg_type != SCM_TIMESTAMPNS) {
    unstamped++;
    return;
  }
  struct timespec time;
  memcpy(&time, CMSG_DATA(header), sizeof time);
  struct sockaddr_ll *link = &links[slot];
  uint32_t bytes = headers[slot].msg_len + (uint32_t)sizeof(struct cooked_header);
  struct pcap_packet_header packet = {(uint32_t)time.tv_sec, (uint32_t)time.tv_nsec, bytes, bytes};
  struct cooked_header cooked = {.packet_type = htons(link->sll_pkttype),
                                 .hardware_type = htons(link->sll_hatype),
                                 .address_bytes = htons(link->sll_halen),
                                 .protocol = link->sll_protocol};
  memcpy(cooked.address, link->sll_addr, sizeof cooked.address);
  fwrite(&packet, sizeof packet, 1, file);
  fwrite(&cooked, sizeof cooked, 1, file);
  fwrite(payloads[slot], headers[slot].msg_len, 1, file);
  packets++;
}

static void take_all(int fd, FILE *file) {
  for (;;) {
    for (int slot = 0; slot < SLOTS; slot++) {
      headers[slot].msg_hdr.msg_namelen = sizeof links[slot];
      headers[slot].msg_hdr.msg_controllen = sizeof controls[slot];
    }
    int count = recvmmsg(fd, headers, SLOTS, MSG_DONTWAIT, NULL);
    for (int slot = 0; slot < count; slot++) write_packet(file, slot);
    if (count < SLOTS) return;
  }
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: capture INTERFACE PORT FILE\n");
    return 2;
  }
  signal(SIGTERM, end);
  FILE *file = fopen(argv[3], "w");
  if (file == NULL) fail(argv[3]);
  struct pcap_file_header file_header = {.magic = 0xa1b23c4d, .major = 2, .minor = 4,
                                         .kept_bytes = 65535, .link_type = 113};
  fwrite(&file_header, sizeof file_header, 1, file);
  lay_out();
  int fd = open_tap(argv[1], (uint16_t)atoi(argv[2]));
  printf("capturing\n");
  fflush(stdout);
  while (!is_ending) {
    sleep_ns(LOOK_NS);
    take_all(fd, file);
  }
  take_all(fd, file);
  struct tpacket_stats statistics;
  socklen_t length = sizeof statistics;
  if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &length) < 0) fail("statistics");
  if (fclose(file) != 0) fail(argv[3]);
  printf("{\"packets\":%lu,\"unstamped\":%lu,\"dropped\":%u}\n", packets, unstamped,
         statistics.tp_drops);
  return 0;
}
