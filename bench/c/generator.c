// SPDX-License-Identifier: MIT
// UDP load generator: many client flows, each with a closed window of datagrams on their way, every
// echo checked byte for byte and by its sequence number. With --segments above 1 a flow sends bursts
// in one call (UDP_SEGMENT) and takes echoes as the kernel coalesced them (UDP_GRO).
//
// It never sleeps while it measures: a sleeping receiver would have to be woken by the server, at
// the server's cost, once for each reply from one server and once for each batch from another.
//
// Talk with its runner: prints "warm", waits for a line on standard input, measures, prints one
// line of JSON. It measures until --echoes echoes came, or --seconds have passed.
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

#define MAX_WINDOW 64
#define SLOT_STRIDE (17 * 4096 + 64)
#define BUFFER_BYTES (4 << 20)
// A flow whose echoes stay away for so long has lost them.
#define LOSS_NS 1000000000ull
#define CONNECT_NS 15000000000ull
#define HELLO_MS 100

// The first bytes of every payload; the rest is a fixed pattern. They start as a sockperf request
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
  int fd;
  uint64_t next;      // sequence number to send
  uint64_t expected;  // sequence number of the next echo
  uint64_t progress_ns;
  char *payloads;  // window messages
  struct iovec *parts;
  struct mmsghdr *headers;
};

static struct {
  const char *host;
  int port, flows, window, segments, bytes, cpu;
  bool sockperf;
  uint64_t echoes, warmup;
  double seconds;
} options = {.host = "127.0.0.1", .flows = 64, .window = 4, .segments = 1, .bytes = 64, .cpu = -1,
             .echoes = UINT64_MAX, .warmup = 0, .seconds = 10};

static struct {
  uint64_t sent, received, lost, stray, corrupt, send_errors;
} count;

static struct flow *flows;
static uint32_t nonce;
static char *pattern;
static struct mmsghdr inbox[MAX_WINDOW];
static struct iovec inbox_parts[MAX_WINDOW];
static union {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
} inbox_controls[MAX_WINDOW];

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
      {"cpu", 1, 0, 'c'},      {"echoes", 1, 0, 'e'},  {"warmup", 1, 0, 'u'},
      {"seconds", 1, 0, 's'},  {"sockperf", 0, 0, 'k'}, {0, 0, 0, 0}};
  for (int flag; (flag = getopt_long(argc, argv, "", known, NULL)) != -1;) {
    switch (flag) {
      case 'h': options.host = optarg; break;
      case 'p': options.port = atoi(optarg); break;
      case 'f': options.flows = atoi(optarg); break;
      case 'w': options.window = atoi(optarg); break;
      case 'g': options.segments = atoi(optarg); break;
      case 'b': options.bytes = atoi(optarg); break;
      case 'c': options.cpu = atoi(optarg); break;
      case 'e': options.echoes = strtoull(optarg, NULL, 10); break;
      case 'u': options.warmup = strtoull(optarg, NULL, 10); break;
      case 'k': options.sockperf = true; break;
      case 's': options.seconds = atof(optarg); break;
      default: exit(2);
    }
  }
  bool is_sound = options.port > 0 && options.flows > 0 && options.window > 0 &&
                  options.window <= MAX_WINDOW && options.bytes >= (int)sizeof(struct stamp) &&
                  options.segments > 0 && options.segments <= 64 &&
                  options.segments * options.bytes <= 65507;
  if (is_sound) return;
  fprintf(stderr, "generator: --port is needed; --window 1 to %d, --bytes from %zu, "
                  "--segments 1 to 64 and 65507 bytes in all\n", MAX_WINDOW, sizeof(struct stamp));
  exit(2);
}

static void pin(void) {
  if (options.cpu < 0) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(options.cpu, &set);
  if (sched_setaffinity(0, sizeof set, &set) < 0) fail("sched_setaffinity");
}

static void open_flow(struct flow *flow) {
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
  if (inet_pton(AF_INET, options.host, &server.sin_addr) != 1) fail("inet_pton");
  flow->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (flow->fd < 0) fail("socket");
  if (connect(flow->fd, (struct sockaddr *)&server, sizeof server) < 0) fail("connect");
  if (options.segments > 1) {
    int bytes = options.bytes, on = 1, buffer = BUFFER_BYTES;
    setsockopt(flow->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    setsockopt(flow->fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    if (setsockopt(flow->fd, SOL_UDP, UDP_SEGMENT, &bytes, sizeof bytes) < 0) fail("UDP_SEGMENT");
    if (setsockopt(flow->fd, SOL_UDP, UDP_GRO, &on, sizeof on) < 0) fail("UDP_GRO");
  }
  size_t message = (size_t)options.segments * (size_t)options.bytes;
  flow->payloads = zeroed((size_t)options.window, message);
  flow->parts = zeroed((size_t)options.window, sizeof *flow->parts);
  flow->headers = zeroed((size_t)options.window, sizeof *flow->headers);
  for (int slot = 0; slot < options.window; slot++) {
    char *payload = flow->payloads + (size_t)slot * message;
    for (int segment = 0; segment < options.segments; segment++) {
      memcpy(payload + segment * options.bytes, pattern, (size_t)options.bytes);
    }
    flow->parts[slot] = (struct iovec){payload, message};
    flow->headers[slot].msg_hdr.msg_iov = &flow->parts[slot];
    flow->headers[slot].msg_hdr.msg_iovlen = 1;
  }
}

static void open_all(void) {
  nonce = (uint32_t)now_ns() ^ (uint32_t)getpid();
  pattern = zeroed(1, (size_t)options.bytes);
  for (int at = 0; at < options.bytes; at++) pattern[at] = (char)(at * 37 + 11);
  struct stamp stamp = {.sockperf_flags = {0, SOCKPERF_FLAGS}};
  uint32_t length = htonl((uint32_t)options.bytes);
  memcpy(stamp.sockperf_length, &length, sizeof length);
  memcpy(pattern, &stamp, sizeof stamp);
  char *memory = zeroed(MAX_WINDOW, SLOT_STRIDE);
  for (int slot = 0; slot < MAX_WINDOW; slot++) {
    inbox_parts[slot] = (struct iovec){memory + (size_t)slot * SLOT_STRIDE, 65535};
    inbox[slot].msg_hdr.msg_iov = &inbox_parts[slot];
    inbox[slot].msg_hdr.msg_iovlen = 1;
  }
  flows = zeroed((size_t)options.flows, sizeof *flows);
  for (int flow = 0; flow < options.flows; flow++) open_flow(&flows[flow]);
}

// Whether a payload is one of this flow's, byte for byte; its sequence number is free.
static bool is_echo(struct flow *flow, const char *payload, int length) {
  struct stamp stamp, wanted;
  if (length != options.bytes) return false;
  memcpy(&stamp, payload, sizeof stamp);
  memcpy(&wanted, pattern, sizeof wanted);
  wanted.sequence = stamp.sequence;
  wanted.flow = (uint32_t)(flow - flows);
  wanted.nonce = nonce;
  if (options.sockperf) wanted.sockperf_flags[1] = SOCKPERF_FLAGS & ~1;
  return memcmp(&stamp, &wanted, sizeof stamp) == 0 &&
         memcmp(payload + sizeof stamp, pattern + sizeof stamp, (size_t)length - sizeof stamp) == 0;
}

static void check(struct flow *flow, const char *payload, int length) {
  struct stamp stamp;
  if (!is_echo(flow, payload, length)) {
    count.corrupt++;
    return;
  }
  memcpy(&stamp, payload, sizeof stamp);
  // Behind what came already: a duplicate, or given up as lost before it came.
  if (stamp.sequence < flow->expected || stamp.sequence >= flow->next) {
    count.stray++;
    return;
  }
  count.lost += stamp.sequence - flow->expected;
  count.received++;
  flow->expected = stamp.sequence + 1;
}

// Takes what echoes a flow has. Returns how many messages came.
static int receive(struct flow *flow) {
  if (options.segments > 1) {
    for (int slot = 0; slot < options.window; slot++) {
      inbox[slot].msg_hdr.msg_control = &inbox_controls[slot];
      inbox[slot].msg_hdr.msg_controllen = sizeof inbox_controls[slot];
    }
  }
  int messages = recvmmsg(flow->fd, inbox, (unsigned)options.window, MSG_DONTWAIT, NULL);
  for (int slot = 0; slot < messages; slot++) {
    const char *payload = inbox_parts[slot].iov_base;
    int length = (int)inbox[slot].msg_len, segment = length;
    struct cmsghdr *header =
        options.segments > 1 ? CMSG_FIRSTHDR(&inbox[slot].msg_hdr) : NULL;
    if (header != NULL && header->cmsg_type == UDP_GRO) memcpy(&segment, CMSG_DATA(header), 4);
    if (length == 0) check(flow, payload, 0);
    for (int at = 0; at < length; at += segment) {
      check(flow, payload + at, length - at < segment ? length - at : segment);
    }
  }
  return messages;
}

// Sends as many messages as the flow's window has room for.
static void fill(struct flow *flow) {
  uint64_t outstanding = flow->next - flow->expected;
  uint64_t most = (uint64_t)options.window * (uint64_t)options.segments;
  int room = (int)((most - outstanding) / (uint64_t)options.segments);
  if (room == 0) return;
  for (int slot = 0; slot < room; slot++) {
    char *payload = flow->parts[slot].iov_base;
    for (int segment = 0; segment < options.segments; segment++) {
      struct stamp stamp;
      memcpy(&stamp, pattern, sizeof stamp);
      stamp.sequence = flow->next + (uint64_t)(slot * options.segments + segment);
      stamp.flow = (uint32_t)(flow - flows);
      stamp.nonce = nonce;
      memcpy(payload + segment * options.bytes, &stamp, sizeof stamp);
    }
  }
  int sent = sendmmsg(flow->fd, flow->headers, (unsigned)room, MSG_DONTWAIT);
  if (sent < 0) {
    count.send_errors++;
    return;
  }
  flow->next += (uint64_t)sent * (uint64_t)options.segments;
  count.sent += (uint64_t)sent * (uint64_t)options.segments;
}

static void give_up_late(struct flow *flow, uint64_t now) {
  if (flow->next == flow->expected || now - flow->progress_ns < LOSS_NS) return;
  count.lost += flow->next - flow->expected;
  flow->expected = flow->next;
}

// Waits for the server, flow by flow: one that forks for each client gets them one after another.
static void greet(void) {
  uint64_t deadline = now_ns() + CONNECT_NS;
  for (int at = 0; at < options.flows; at++) {
    struct flow *flow = &flows[at];
    struct iovec hello = {pattern, (size_t)options.bytes};
    struct msghdr message = {.msg_iov = &hello, .msg_iovlen = 1};
    for (;;) {
      if (now_ns() > deadline) {
        fprintf(stderr, "generator: no answer from %s port %d\n", options.host, options.port);
        exit(1);
      }
      sendmsg(flow->fd, &message, MSG_DONTWAIT);
      struct pollfd ready = {.fd = flow->fd, .events = POLLIN};
      if (poll(&ready, 1, HELLO_MS) <= 0) continue;
      if (recv(flow->fd, inbox_parts[0].iov_base, 65535, MSG_DONTWAIT) >= 0) break;
      // Refused: nothing listens yet.
      usleep(10000);
    }
  }
  // Answers to greetings that were sent twice.
  usleep(20000);
  for (int at = 0; at < options.flows; at++) {
    while (recv(flows[at].fd, inbox_parts[0].iov_base, 65535, MSG_DONTWAIT) >= 0) continue;
  }
}

// Runs until `echoes` came or `seconds` have passed, then waits for what is still on its way.
// Returns the nanoseconds from the first send to the last echo counted in the limits.
static uint64_t run(uint64_t echoes, double seconds) {
  memset(&count, 0, sizeof count);
  uint64_t start = now_ns(), end = start, limit = start + (uint64_t)(seconds * 1e9);
  for (int at = 0; at < options.flows; at++) flows[at].progress_ns = start;
  for (int at = 0; at < options.flows; at++) fill(&flows[at]);
  bool is_over = false;
  for (uint64_t waiting = 1; waiting > 0;) {
    uint64_t now = now_ns();
    if (!is_over && (count.received >= echoes || now >= limit)) is_over = true;
    waiting = is_over ? 0 : 1;
    for (int at = 0; at < options.flows; at++) {
      struct flow *flow = &flows[at];
      if (receive(flow) > 0) flow->progress_ns = now;
      give_up_late(flow, now);
      if (is_over) waiting += flow->next - flow->expected;
      else fill(flow);
    }
    end = now_ns();
  }
  return end - start;
}

int main(int argc, char **argv) {
  parse(argc, argv);
  pin();
  open_all();
  greet();
  run(options.warmup, options.seconds);
  printf("warm\n");
  fflush(stdout);
  if (getchar() == EOF) return 1;
  uint64_t elapsed = run(options.echoes, options.seconds);
  printf("{\"elapsedNs\":%llu,\"sent\":%llu,\"received\":%llu,\"lost\":%llu,\"stray\":%llu,"
         "\"corrupt\":%llu,\"sendErrors\":%llu}\n",
         (unsigned long long)elapsed, (unsigned long long)count.sent,
         (unsigned long long)count.received, (unsigned long long)count.lost,
         (unsigned long long)count.stray, (unsigned long long)count.corrupt,
         (unsigned long long)count.send_errors);
  return 0;
}
