// SPDX-License-Identifier: MIT
// A STAMP Session-Reflector (RFC 8762), up to 64 datagrams a system call, stateless: T2 of the kernel,
// one T3 for a batch. With a key in hexadecimal as its second argument it is authenticated: the HMAC of
// OpenSSL's libcrypto, checked and made anew. It stands for what C makes of the same work, and judges
// nothing but length and HMAC.
#include "echo-socket.h"
#include <endian.h>
#include <stdbool.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <time.h>

#define SLOTS 64
#define SLOT_BYTES 2048
// A cache line more than a power of two: no two slots' first lines share a cache set.
#define SLOT_STRIDE (SLOT_BYTES + 64)
#define NTP_EPOCH_SECONDS 2208988800u
#define HMAC_AT 96
#define HMAC_BYTES 16
// S and 1 ms: what it says does not matter here.
#define ERROR_ESTIMATE 0x8f84

union control {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(sizeof(int))];
};

// Where the fields lie; the same names as in wire/stamp.ts.
struct layout {
  size_t bytes, time, estimate, ssid, received, sender_sequence, sender_time, sender_estimate, ttl;
};

static const struct layout open_layout = {44, 4, 12, 14, 16, 24, 28, 36, 40};
static const struct layout keyed_layout = {112, 16, 24, 26, 32, 48, 64, 72, 80};

static unsigned char key[64];
static int key_bytes;

static void parse_key(const char *hex) {
  for (; key_bytes < (int)sizeof key && hex[0] != 0 && hex[1] != 0; hex += 2) {
    unsigned octet;
    if (sscanf(hex, "%2x", &octet) != 1) fail("a key is pairs of hexadecimal digits");
    key[key_bytes++] = (unsigned char)octet;
  }
}

static void hmac(const char *packet, unsigned char *digest) {
  unsigned length;
  HMAC(EVP_sha256(), key, key_bytes, (const unsigned char *)packet, HMAC_AT, digest, &length);
}

static void write_time(char *at, const struct timespec *time) {
  uint32_t seconds = htobe32((uint32_t)time->tv_sec + NTP_EPOCH_SECONDS);
  uint32_t fraction = htobe32((uint32_t)(((uint64_t)time->tv_nsec << 32) / 1000000000u));
  memcpy(at, &seconds, 4);
  memcpy(at + 4, &fraction, 4);
}

static void read_control(struct msghdr *message, struct timespec *arrival, int *ttl) {
  for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
       header = CMSG_NXTHDR(message, header)) {
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SO_TIMESTAMPNS) {
      memcpy(arrival, CMSG_DATA(header), sizeof *arrival);
    } else if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_TTL) {
      memcpy(ttl, CMSG_DATA(header), sizeof *ttl);
    }
  }
}

static void turn_around(char *packet, const struct layout *at, struct msghdr *message) {
  struct timespec arrival = {0};
  int ttl = 255;
  read_control(message, &arrival, &ttl);
  char sender[14], ssid[2];
  memcpy(sender, packet, 4);
  memcpy(sender + 4, packet + at->time, 10);
  memcpy(ssid, packet + at->ssid, 2);
  memset(packet, 0, at->bytes);
  uint16_t estimate = htobe16(ERROR_ESTIMATE);
  memcpy(packet, sender, 4);
  memcpy(packet + at->estimate, &estimate, 2);
  memcpy(packet + at->ssid, ssid, 2);
  write_time(packet + at->received, &arrival);
  memcpy(packet + at->sender_sequence, sender, 4);
  memcpy(packet + at->sender_time, sender + 4, 8);
  memcpy(packet + at->sender_estimate, sender + 12, 2);
  packet[at->ttl] = (char)ttl;
}

static bool is_authentic(const char *packet) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  if (key_bytes == 0) return true;
  hmac(packet, digest);
  return CRYPTO_memcmp(digest, packet + HMAC_AT, HMAC_BYTES) == 0;
}

static void finish(char *packet, const struct layout *at, const struct timespec *now) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  write_time(packet + at->time, now);
  if (key_bytes == 0) return;
  hmac(packet, digest);
  memcpy(packet + HMAC_AT, digest, HMAC_BYTES);
}

int main(int argc, char **argv) {
  static char payloads[SLOTS * SLOT_STRIDE];
  static struct sockaddr_in peers[SLOTS];
  static struct iovec parts[SLOTS];
  static union control controls[SLOTS];
  static struct mmsghdr headers[SLOTS], replies[SLOTS];
  if (argc > 2) parse_key(argv[2]);
  const struct layout *at = key_bytes == 0 ? &open_layout : &keyed_layout;
  int fd = bind_echo_socket(2, argv), on = 1;
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof on);
  for (;;) {
    for (int slot = 0; slot < SLOTS; slot++) {
      parts[slot] = (struct iovec){payloads + slot * SLOT_STRIDE, SLOT_BYTES};
      headers[slot].msg_hdr = (struct msghdr){
          .msg_name = &peers[slot], .msg_namelen = sizeof peers[slot],
          .msg_iov = &parts[slot], .msg_iovlen = 1,
          .msg_control = &controls[slot], .msg_controllen = sizeof controls[slot]};
    }
    int count = recvmmsg(fd, headers, SLOTS, MSG_WAITFORONE, NULL), answers = 0;
    for (int slot = 0; slot < count; slot++) {
      char *packet = parts[slot].iov_base;
      if (headers[slot].msg_len < at->bytes || !is_authentic(packet)) continue;
      turn_around(packet, at, &headers[slot].msg_hdr);
      parts[slot].iov_len = headers[slot].msg_len;
      headers[slot].msg_hdr.msg_control = NULL;
      headers[slot].msg_hdr.msg_controllen = 0;
      replies[answers++] = headers[slot];
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    for (int reply = 0; reply < answers; reply++) {
      finish(replies[reply].msg_hdr.msg_iov->iov_base, at, &now);
    }
    for (int first = 0; first < answers;) {
      int sent = sendmmsg(fd, replies + first, (unsigned)(answers - first), 0);
      // A datagram that can't be sent is passed over, as anywhere.
      first += sent > 0 ? sent : 1;
    }
  }
}
