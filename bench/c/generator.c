// SPDX-License-Identifier: MIT
// UDP load generator: many client flows, each with a closed window of datagrams on their way, every
// echo checked byte for byte and by its sequence number. Each flow is an address of its own,
// 127.1.0.1 and up, behind one socket: so that it takes as few system calls as the servers do, and
// a server and not the generator sets the pace. With --segments above 1 a flow sends bursts in one
// call (UDP_SEGMENT) and takes echoes as the kernel coalesced them (UDP_GRO).
//
// With --prefix each payload begins with those octets, which come back as the server likes: a protocol
// whose replies are not its requests, such as STAMP, is asked so. The rest is an echo.
//
// Flows take turns: by default a flow sends its whole window at once, then the next one; with
// --mixed their datagrams are shuffled once and keep that order.
//
// It never sleeps while it measures: a sleeping receiver would have to be woken by the server, at
// the server's cost, once for each reply from one server and once for each batch from another.
//
// Talk with its runner: prints "warm", waits for a line on standard input, measures, prints one
// line of JSON. It measures until --echoes echoes came, or --seconds have passed. Echoes of the
// warm-up must also come to the address that asked.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

#define SLOTS 64
#define MAX_FLOWS 250
#define MAX_WINDOW 64
#define FIRST_FLOW_ADDRESS 0x7f010001u
#define BUFFER_BYTES (4 << 20)
// A flow whose echoes stay away for so long has lost them.
#define LOSS_NS 1000000000ull
#define CONNECT_NS 15000000000ull
#define HELLO_MS 100

// The first bytes of every payload after the prefix; the rest is a fixed pattern. They start as a sockperf request
// (its message.h: sequence number, flags, length, in network order), which only its server minds.
struct stamp {
  uint8_t sockperf_sequence[8];
  uint8_t sockperf_flags[2];
  uint8_t sockperf_length[4];
  uint8_t unused[2];
  uint64_t sequence;
  uint32_t flow;
  uint32_t nonce;
};

// From a client, and asking for a reply. A sockperf server clears the first of the two.
#define SOCKPERF_FLAGS 3

struct flow {
  uint64_t next;      // sequence number to send
  uint64_t expected;  // sequence number of the next echo
  uint64_t progress_ns;
  int credit;  // datagrams it may send and that are not queued yet
};

static struct {
  const char *host;
  int port, flows, window, segments, bytes;
  bool sockperf, mixed;
  uint64_t echoes, warmup;
  double seconds;
  const char *prefix;  // pairs of hexadecimal digits
} options = {.host = "127.0.0.1", .flows = 64, .window = 4, .segments = 1, .bytes = 64,
             .echoes = UINT64_MAX, .warmup = 0, .seconds = 10, .prefix = ""};

static struct {
  uint64_t sent, received, lost, stray, corrupt, misdirected;
} count;

static int fd;
static struct sockaddr_in server;
static struct flow flows[MAX_FLOWS];
static uint32_t nonce;
static char *pattern;
static int prefix_bytes;
static bool checks_addresses;

// Flows whose turn it is to send a message, in order: a ring, never fuller than all windows.
static int queue[MAX_FLOWS * MAX_WINDOW];
static unsigned queue_head, queue_tail;
#define QUEUE_SLOTS (sizeof queue / sizeof *queue)

union control {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(struct in_pktinfo)) + CMSG_SPACE(sizeof(int))];
};

static struct box {
  struct mmsghdr headers[SLOTS];
  struct iovec parts[SLOTS];
  union control controls[SLOTS];
} inbox, outbox;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

static void *zeroed(size_t count_of, size_t bytes) {
  void *memory = calloc(count_of, bytes);
  if (memory == NULL) fail("calloc");
  return memory;
}

static void parse(int argc, char **argv) {
  static const struct option known[] = {
      {"host", 1, 0, 'h'},     {"port", 1, 0, 'p'},    {"flows", 1, 0, 'f'},
      {"window", 1, 0, 'w'},   {"segments", 1, 0, 'g'}, {"bytes", 1, 0, 'b'},
      {"echoes", 1, 0, 'e'},   {"warmup", 1, 0, 'u'},  {"seconds", 1, 0, 's'},
      {"sockperf", 0, 0, 'k'}, {"mixed", 0, 0, 'm'},   {"prefix", 1, 0, 'x'}, {0, 0, 0, 0}};
  for (int flag; (flag = getopt_long(argc, argv, "", known, NULL)) != -1;) {
    switch (flag) {
      case 'h': options.host = optarg; break;
      case 'p': options.port = atoi(optarg); break;
      case 'f': options.flows = atoi(optarg); break;
      case 'w': options.window = atoi(optarg); break;
      case 'g': options.segments = atoi(optarg); break;
      case 'b': options.bytes = atoi(optarg); break;
      case 'e': options.echoes = strtoull(optarg, NULL, 10); break;
      case 'u': options.warmup = strtoull(optarg, NULL, 10); break;
      case 's': options.seconds = atof(optarg); break;
      case 'k': options.sockperf = true; break;
      case 'm': options.mixed = true; break;
      case 'x': options.prefix = optarg; break;
      default: exit(2);
    }
  }
  prefix_bytes = (int)strlen(options.prefix) / 2;
  bool is_sound = options.port > 0 && options.flows > 0 && options.flows <= MAX_FLOWS &&
                  options.window > 0 && options.window <= MAX_WINDOW &&
                  options.bytes >= prefix_bytes + (int)sizeof(struct stamp) && options.segments > 0 &&
                  options.segments <= 64 && options.segments * options.bytes <= 65507;
  if (is_sound) return;
  fprintf(stderr, "generator: --port is needed; --flows 1 to %d, --window 1 to %d, --bytes from "
                  "%zu and the prefix, --segments 1 to 64 and 65507 bytes in all\n",
          MAX_FLOWS, MAX_WINDOW, sizeof(struct stamp));
  exit(2);
}

static void open_socket(void) {
  server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
  if (inet_pton(AF_INET, options.host, &server.sin_addr) != 1) fail("inet_pton");
  fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (fd < 0) fail("socket");
  struct sockaddr_in local = {.sin_family = AF_INET};
  if (bind(fd, (struct sockaddr *)&local, sizeof local) < 0) fail("bind");
  int bytes = options.bytes, on = 1, buffer = BUFFER_BYTES;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  if (options.segments == 1) return;
  if (setsockopt(fd, SOL_UDP, UDP_SEGMENT, &bytes, sizeof bytes) < 0) fail("UDP_SEGMENT");
  if (setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof on) < 0) fail("UDP_GRO");
}

static void lay_out(struct box *box, size_t slot_bytes) {
  // A cache line more than a power of two: no two slots' first lines share a cache set.
  size_t stride = slot_bytes + 64;
  char *memory = zeroed(SLOTS, stride);
  for (int slot = 0; slot < SLOTS; slot++) {
    struct msghdr *message = &box->headers[slot].msg_hdr;
    box->parts[slot] = (struct iovec){memory + (size_t)slot * stride, slot_bytes};
    message->msg_iov = &box->parts[slot];
    message->msg_iovlen = 1;
    message->msg_control = &box->controls[slot];
  }
}

static void prepare(void) {
  nonce = (uint32_t)now_ns() ^ (uint32_t)getpid();
  pattern = zeroed(1, (size_t)options.bytes);
  for (int at = 0; at < options.bytes; at++) pattern[at] = (char)(at * 37 + 11);
  struct stamp stamp = {.sockperf_flags = {0, SOCKPERF_FLAGS}, .nonce = nonce};
  uint32_t length = htonl((uint32_t)options.bytes);
  memcpy(stamp.sockperf_length, &length, sizeof length);
  memcpy(pattern + prefix_bytes, &stamp, sizeof stamp);
  for (int at = 0; at < prefix_bytes; at++) {
    unsigned octet = 0;
    sscanf(options.prefix + 2 * at, "%2x", &octet);
    pattern[at] = (char)octet;
  }
  lay_out(&inbox, options.segments > 1 ? 17 * 4096 : 2048);
  lay_out(&outbox, (size_t)options.segments * (size_t)options.bytes);
  for (int slot = 0; slot < SLOTS; slot++) {
    struct msghdr *message = &outbox.headers[slot].msg_hdr;
    struct cmsghdr *header = &outbox.controls[slot].header;
    for (int segment = 0; segment < options.segments; segment++) {
      memcpy((char *)outbox.parts[slot].iov_base + segment * options.bytes, pattern,
             (size_t)options.bytes);
    }
    message->msg_name = &server;
    message->msg_namelen = sizeof server;
    message->msg_controllen = CMSG_SPACE(sizeof(struct in_pktinfo));
    header->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = IP_PKTINFO;
  }
}

static void check_addresses(bool on) {
  int value = on;
  checks_addresses = on;
  if (setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &value, sizeof value) < 0) fail("IP_PKTINFO");
}

// Whether a payload is an echo, byte for byte but for the prefix; flow and sequence number are free.
static bool is_echo(const char *payload, const struct stamp *stamp, int length) {
  struct stamp wanted;
  memcpy(&wanted, pattern + prefix_bytes, sizeof wanted);
  wanted.sequence = stamp->sequence;
  wanted.flow = stamp->flow;
  if (options.sockperf) wanted.sockperf_flags[1] = SOCKPERF_FLAGS & ~1;
  size_t checked = (size_t)prefix_bytes + sizeof wanted;
  return memcmp(stamp, &wanted, sizeof wanted) == 0 && stamp->flow < (uint32_t)options.flows &&
         memcmp(payload + checked, pattern + checked, (size_t)length - checked) == 0;
}

// Lets a flow send as many datagrams more, in whole messages.
static void allow(int index, uint64_t datagrams) {
  struct flow *flow = &flows[index];
  flow->credit += (int)datagrams;
  for (; flow->credit >= options.segments; flow->credit -= options.segments) {
    queue[queue_tail++ % QUEUE_SLOTS] = index;
  }
}

static void take(const char *payload, int length, uint32_t address, uint64_t now) {
  struct stamp stamp;
  if (length == options.bytes) memcpy(&stamp, payload + prefix_bytes, sizeof stamp);
  if (length != options.bytes || !is_echo(payload, &stamp, length)) {
    count.corrupt++;
    return;
  }
  struct flow *flow = &flows[stamp.flow];
  // Behind what came already: a duplicate, or given up as lost before it came.
  if (stamp.sequence < flow->expected || stamp.sequence >= flow->next) {
    count.stray++;
    return;
  }
  if (checks_addresses && address != FIRST_FLOW_ADDRESS + stamp.flow) count.misdirected++;
  uint64_t datagrams = stamp.sequence + 1 - flow->expected;
  count.lost += datagrams - 1;
  count.received++;
  flow->expected = stamp.sequence + 1;
  flow->progress_ns = now;
  allow((int)stamp.flow, datagrams);
}

// Takes what echoes have come. Returns how many messages.
static int receive(uint64_t now) {
  bool has_control = options.segments > 1 || checks_addresses;
  for (int slot = 0; slot < SLOTS; slot++) {
    inbox.headers[slot].msg_hdr.msg_controllen = has_control ? sizeof(union control) : 0;
  }
  int messages = recvmmsg(fd, inbox.headers, SLOTS, MSG_DONTWAIT, NULL);
  for (int slot = 0; slot < messages; slot++) {
    const char *payload = inbox.parts[slot].iov_base;
    struct msghdr *message = &inbox.headers[slot].msg_hdr;
    int length = (int)inbox.headers[slot].msg_len, segment = length;
    uint32_t address = 0;
    for (struct cmsghdr *header = has_control ? CMSG_FIRSTHDR(message) : NULL; header != NULL;
         header = CMSG_NXTHDR(message, header)) {
      if (header->cmsg_level == SOL_UDP && header->cmsg_type == UDP_GRO) {
        memcpy(&segment, CMSG_DATA(header), sizeof segment);
      } else if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
        struct in_pktinfo info;
        memcpy(&info, CMSG_DATA(header), sizeof info);
        address = ntohl(info.ipi_addr.s_addr);
      }
    }
    if (length == 0) count.corrupt++;
    for (int at = 0; at < length; at += segment) {
      take(payload + at, length - at < segment ? length - at : segment, address, now);
    }
  }
  return messages;
}

static void write_message(int slot, int index) {
  struct flow *flow = &flows[index];
  char *payload = outbox.parts[slot].iov_base;
  for (int segment = 0; segment < options.segments; segment++) {
    struct stamp *stamp = (struct stamp *)(payload + segment * options.bytes + prefix_bytes);
    uint32_t number = (uint32_t)index;
    memcpy(&stamp->sequence, &flow->next, sizeof flow->next);
    memcpy(&stamp->flow, &number, sizeof number);
    flow->next++;
  }
  struct in_pktinfo *info = (struct in_pktinfo *)CMSG_DATA(&outbox.controls[slot].header);
  info->ipi_spec_dst.s_addr = htonl(FIRST_FLOW_ADDRESS + (uint32_t)index);
}

// Sends a message of each flow whose turn it is, 64 a call.
static void send_queued(void) {
  while (queue_head != queue_tail) {
    int messages = 0;
    for (; messages < SLOTS && queue_head != queue_tail; messages++) {
      write_message(messages, queue[queue_head++ % QUEUE_SLOTS]);
    }
    count.sent += (uint64_t)(messages * options.segments);
    for (int first = 0; first < messages;) {
      int sent = sendmmsg(fd, outbox.headers + first, (unsigned)(messages - first), MSG_DONTWAIT);
      // What can't be sent shows up as lost.
      first += sent > 0 ? sent : 1;
    }
  }
}

static uint64_t outstanding(void) {
  uint64_t datagrams = 0;
  for (int at = 0; at < options.flows; at++) datagrams += flows[at].next - flows[at].expected;
  return datagrams;
}

static void give_up_late(uint64_t now) {
  for (int at = 0; at < options.flows; at++) {
    struct flow *flow = &flows[at];
    uint64_t missing = flow->next - flow->expected;
    if (missing == 0 || now - flow->progress_ns < LOSS_NS) continue;
    count.lost += missing;
    flow->expected = flow->next;
    flow->progress_ns = now;
    allow(at, missing);
  }
}

static void fill_windows(uint64_t now) {
  queue_head = queue_tail = 0;
  for (int at = 0; at < options.flows; at++) {
    flows[at].progress_ns = now;
    flows[at].credit = 0;
    allow(at, (uint64_t)(options.window * options.segments));
  }
  if (!options.mixed) return;
  // Fisher and Yates, from a fixed seed: every run has the same order.
  uint32_t random = 1;
  for (unsigned last = queue_tail - 1; last > 0; last--) {
    random = random * 1664525u + 1013904223u;
    unsigned other = (random >> 8) % (last + 1);
    int flow = queue[last];
    queue[last] = queue[other];
    queue[other] = flow;
  }
}

// Runs until `echoes` came or `seconds` have passed, then waits for what is still on its way.
// Returns the nanoseconds it took.
static uint64_t run(uint64_t echoes, double seconds) {
  memset(&count, 0, sizeof count);
  uint64_t start = now_ns(), limit = start + (uint64_t)(seconds * 1e9), last_look = start;
  fill_windows(start);
  for (;;) {
    uint64_t now = now_ns();
    bool is_over = count.received >= echoes || now >= limit;
    if (is_over && outstanding() == 0) return now - start;
    if (!is_over) send_queued();
    int messages = receive(now);
    if (messages > 0 || now - last_look < LOSS_NS / 16) continue;
    last_look = now;
    give_up_late(now);
  }
}

static void drain(void) {
  while (recv(fd, inbox.parts[0].iov_base, 65535, MSG_DONTWAIT) >= 0) continue;
}

// Waits for the server, flow by flow: one that forks for each client gets them one after another.
static void greet(void) {
  uint64_t deadline = now_ns() + CONNECT_NS;
  for (int at = 0; at < options.flows; at++) {
    for (;;) {
      if (now_ns() > deadline) {
        fprintf(stderr, "generator: no answer from %s port %d\n", options.host, options.port);
        exit(1);
      }
      write_message(0, at);
      flows[at].expected = flows[at].next;
      sendmmsg(fd, outbox.headers, 1, MSG_DONTWAIT);
      struct pollfd ready = {.fd = fd, .events = POLLIN};
      if (poll(&ready, 1, HELLO_MS) <= 0) continue;
      if (recv(fd, inbox.parts[0].iov_base, 65535, MSG_DONTWAIT) >= 0) break;
      // Refused: nothing listens yet.
      usleep(10000);
    }
  }
  // Answers to greetings that were sent twice.
  usleep(20000);
  drain();
}

int main(int argc, char **argv) {
  parse(argc, argv);
  open_socket();
  prepare();
  greet();
  check_addresses(true);
  run(options.warmup, options.seconds);
  if (count.misdirected > 0) {
    fprintf(stderr, "generator: %llu echoes came to another address than asked\n",
            (unsigned long long)count.misdirected);
    return 1;
  }
  check_addresses(false);
  printf("warm\n");
  fflush(stdout);
  if (getchar() == EOF) return 1;
  uint64_t elapsed = run(options.echoes, options.seconds);
  printf("{\"elapsedNs\":%llu,\"sent\":%llu,\"received\":%llu,\"lost\":%llu,\"stray\":%llu,"
         "\"corrupt\":%llu}\n",
         (unsigned long long)elapsed, (unsigned long long)count.sent,
         (unsigned long long)count.received, (unsigned long long)count.lost,
         (unsigned long long)count.stray, (unsigned long long)count.corrupt);
  return 0;
}
