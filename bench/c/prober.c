// SPDX-License-Identifier: MIT
// What a prober in C does at a given rate: probes at times fixed beforehand, up to 64 a system call,
// replies read up to 64 a call, both times read in this program or, with --stamps, taken from the kernel.
// One thread, which sleeps and spins the last stretch. It stands beside echogram as the yardstick, so its
// rules are the same: a slot more than an interval late, or a millisecond where that is longer, is left
// out; a reply that takes longer than a second is late.
//
// Sequence number, intended and actual send time are where echogram's probes have them.
//
//   prober --host=ADDRESS --port=PORT --rate=PPS --seconds=S [--bytes=64] [--records=FILE]
//          [--stamps]
//
// Prints one line of JSON. The file has a line for each reply in time: sequence number, round trip.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <endian.h>
#include <getopt.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SLOTS 64
#define SLOT_BYTES 2048
// A cache line more than a power of two: no two slots' first lines share a cache set.
#define SLOT_STRIDE (SLOT_BYTES + 64)
#define BUFFER_BYTES (4 << 20)
#define LATEST_NS 1000000ll
#define SPIN_NS 60000ll
#define TIMEOUT_NS 1000000000ll

struct probe {
  uint8_t unused[8];
  uint64_t nonce, sequence, intended_ns, sent_ns;
};

static struct {
  const char *host, *records;
  int port, bytes;
  bool stamps;
  double rate, seconds;
} options = {.host = "127.0.0.1", .bytes = 64};

static struct {
  uint64_t sent, skipped, failed, received, late, duplicate, stray;
} count;

// A time stamp, and in the error queue what it is of.
union control {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(struct scm_timestamping)) +
             CMSG_SPACE(sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in))];
};

static struct box {
  char payloads[SLOTS * SLOT_STRIDE];
  union control controls[SLOTS];
  struct iovec parts[SLOTS];
  struct mmsghdr headers[SLOTS];
} inbox, outbox, error_box;

static int fd;
static uint64_t nonce;
static int64_t started_ns;
// By sequence number. A round trip of 0 is none yet; the kernel's times are the wall clock's.
static int64_t *sent_ns, *late_ns, *kernel_sent_ns, *rtt_ns;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int64_t clock_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000ll + now.tv_nsec;
}

static int64_t now_ns(void) { return clock_ns() - started_ns; }

static void parse(int argc, char **argv) {
  static const struct option known[] = {{"host", 1, 0, 'h'},    {"port", 1, 0, 'p'},
                                        {"rate", 1, 0, 'r'},    {"seconds", 1, 0, 's'},
                                        {"bytes", 1, 0, 'b'},   {"records", 1, 0, 'o'},
                                        {"stamps", 0, 0, 'k'},
                                        {0, 0, 0, 0}};
  for (int flag; (flag = getopt_long(argc, argv, "", known, NULL)) != -1;) {
    switch (flag) {
      case 'h': options.host = optarg; break;
      case 'p': options.port = atoi(optarg); break;
      case 'r': options.rate = atof(optarg); break;
      case 's': options.seconds = atof(optarg); break;
      case 'b': options.bytes = atoi(optarg); break;
      case 'o': options.records = optarg; break;
      case 'k': options.stamps = true; break;
      default: exit(2);
    }
  }
  if (options.port > 0 && options.rate > 0 && options.seconds > 0 &&
      options.bytes >= (int)sizeof(struct probe) && options.bytes <= SLOT_BYTES) {
    return;
  }
  fprintf(stderr, "prober: --port, --rate and --seconds are needed; --bytes %zu to %d\n",
          sizeof(struct probe), SLOT_BYTES);
  exit(2);
}

static void open_socket(void) {
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
  if (inet_pton(AF_INET, options.host, &server.sin_addr) != 1) fail("inet_pton");
  fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (fd < 0) fail("socket");
  int bytes = BUFFER_BYTES;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  int stamps = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE |
               SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY | SOF_TIMESTAMPING_OPT_ID;
  if (options.stamps &&
      setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof stamps) < 0) {
    fail("SO_TIMESTAMPING");
  }
  if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0) fail("connect");
}

static void lay_out(struct box *box, size_t bytes) {
  for (int slot = 0; slot < SLOTS; slot++) {
    box->parts[slot] = (struct iovec){box->payloads + slot * SLOT_STRIDE, bytes};
    box->headers[slot].msg_hdr.msg_iov = &box->parts[slot];
    box->headers[slot].msg_hdr.msg_iovlen = 1;
  }
}

// The time stamp among the control data, 0 where there is none; and the number of the datagram that it is
// of, where it came by the error queue.
static int64_t stamp_of(struct msghdr *message, uint32_t *number) {
  int64_t stamp_ns = 0;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
       header = CMSG_NXTHDR(message, header)) {
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_TIMESTAMPING) {
      struct scm_timestamping times;
      memcpy(&times, CMSG_DATA(header), sizeof times);
      stamp_ns = (int64_t)times.ts[0].tv_sec * 1000000000ll + times.ts[0].tv_nsec;
    } else if (header->cmsg_level == SOL_IP && header->cmsg_type == IP_RECVERR) {
      struct sock_extended_err error;
      memcpy(&error, CMSG_DATA(header), sizeof error);
      if (error.ee_origin == SO_EE_ORIGIN_TIMESTAMPING) *number = error.ee_data;
    }
  }
  return stamp_ns;
}

static int receive_into(struct box *box, int flags) {
  for (int slot = 0; options.stamps && slot < SLOTS; slot++) {
    box->headers[slot].msg_hdr.msg_control = &box->controls[slot];
    box->headers[slot].msg_hdr.msg_controllen = sizeof box->controls[slot];
  }
  return recvmmsg(fd, box->headers, SLOTS, flags | MSG_DONTWAIT, NULL);
}

static void read_sent_stamps(void) {
  for (;;) {
    int messages = receive_into(&error_box, MSG_ERRQUEUE);
    for (int slot = 0; slot < messages; slot++) {
      uint32_t number = UINT32_MAX;
      int64_t stamp_ns = stamp_of(&error_box.headers[slot].msg_hdr, &number);
      if (number < count.sent) kernel_sent_ns[number] = stamp_ns;
    }
    if (messages < SLOTS) return;
  }
}

static void take(const char *payload, unsigned bytes, int64_t now, int64_t stamp_ns) {
  struct probe probe;
  if (bytes != (unsigned)options.bytes) {
    count.stray++;
    return;
  }
  memcpy(&probe, payload, sizeof probe);
  uint64_t sequence = be64toh(probe.sequence);
  if (probe.nonce != nonce || sequence >= count.sent) {
    count.stray++;
    return;
  }
  if (rtt_ns[sequence] != 0) {
    count.duplicate++;
    return;
  }
  bool is_stamped = stamp_ns != 0 && kernel_sent_ns[sequence] != 0;
  rtt_ns[sequence] = is_stamped ? stamp_ns - kernel_sent_ns[sequence] : now - sent_ns[sequence];
  if (rtt_ns[sequence] > TIMEOUT_NS) count.late++;
  else count.received++;
}

static void receive(void) {
  for (;;) {
    int messages = receive_into(&inbox, 0);
    int64_t now = now_ns();
    if (options.stamps) read_sent_stamps();
    for (int slot = 0; slot < messages; slot++) {
      uint32_t none;
      int64_t stamp_ns = options.stamps ? stamp_of(&inbox.headers[slot].msg_hdr, &none) : 0;
      take(inbox.payloads + slot * SLOT_STRIDE, inbox.headers[slot].msg_len, now, stamp_ns);
    }
    if (messages < SLOTS) return;
  }
}

static void write_probe(int slot, int64_t intended_ns, int64_t now) {
  struct probe probe = {.nonce = nonce,
                        .sequence = htobe64(count.sent),
                        .intended_ns = htobe64((uint64_t)intended_ns),
                        .sent_ns = htobe64((uint64_t)now)};
  memcpy(outbox.payloads + slot * SLOT_STRIDE, &probe, sizeof probe);
  late_ns[count.sent] = now - intended_ns;
  sent_ns[count.sent++] = now;
}

static void send_all(int messages) {
  for (int first = 0; first < messages;) {
    int sent = sendmmsg(fd, outbox.headers + first, (unsigned)(messages - first), MSG_DONTWAIT);
    if (sent > 0) first += sent;
    else {
      // The kernel numbers what it sent: from here on its numbers would not be ours.
      if (options.stamps) fail("sendmmsg");
      count.failed++;
      first++;
    }
  }
}

static void wait_until(int64_t due_ns) {
  int64_t sleep_ns = due_ns - SPIN_NS - now_ns();
  if (sleep_ns > 0) {
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    struct timespec time = {sleep_ns / 1000000000, sleep_ns % 1000000000};
    ppoll(&readable, 1, &time, NULL);
    return;
  }
  // It reads while it spins: a reply that waits for the next slot would look slow.
  receive();
}

static void run(uint64_t slots, double interval_ns) {
  int64_t latest_ns = interval_ns > LATEST_NS ? (int64_t)interval_ns : LATEST_NS;
  for (uint64_t slot = 0; slot < slots;) {
    receive();
    int messages = 0;
    while (slot < slots && messages < SLOTS) {
      int64_t intended_ns = (int64_t)((double)slot * interval_ns), now = now_ns();
      if (now < intended_ns) break;
      slot++;
      if (now - intended_ns > latest_ns) count.skipped++;
      else write_probe(messages++, intended_ns, now);
    }
    send_all(messages);
    if (messages < SLOTS && slot < slots) wait_until((int64_t)((double)slot * interval_ns));
  }
}

static void wait_for_rest(void) {
  int64_t limit = now_ns() + TIMEOUT_NS;
  while (count.received + count.late < count.sent - count.failed && now_ns() < limit) {
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    poll(&readable, 1, 1);
    receive();
  }
}

static int ascending(const void *a, const void *b) {
  int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
  return (left > right) - (left < right);
}

static void write_records(void) {
  FILE *file = fopen(options.records, "w");
  if (file == NULL) fail(options.records);
  for (uint64_t sequence = 0; sequence < count.sent; sequence++) {
    if (rtt_ns[sequence] == 0 || rtt_ns[sequence] > TIMEOUT_NS) continue;
    fprintf(file, "%llu %lld\n", (unsigned long long)sequence, (long long)rtt_ns[sequence]);
  }
  if (fclose(file) != 0) fail(options.records);
}

// By nearest rank, as echogram's.
static int64_t percentile(const int64_t *sorted, uint64_t values, unsigned percent) {
  return values == 0 ? 0 : sorted[(values * percent + 99) / 100 - 1];
}

static void report(void) {
  uint64_t kept = 0;
  for (uint64_t sequence = 0; sequence < count.sent; sequence++) {
    if (rtt_ns[sequence] > 0 && rtt_ns[sequence] <= TIMEOUT_NS) rtt_ns[kept++] = rtt_ns[sequence];
  }
  qsort(rtt_ns, kept, sizeof *rtt_ns, ascending);
  qsort(late_ns, count.sent, sizeof *late_ns, ascending);
  uint64_t sent = count.sent - count.failed;
  uint32_t memory[SK_MEMINFO_VARS];
  socklen_t length = sizeof memory;
  if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &length) < 0) fail("SO_MEMINFO");
  printf("{\"sent\":%llu,\"skipped\":%llu,\"failed\":%llu,\"received\":%llu,\"late\":%llu,"
         "\"lost\":%llu,\"duplicate\":%llu,\"stray\":%llu,\"dropped\":%u,\"rttP50Ns\":%lld,"
         "\"rttP99Ns\":%lld,\"sendErrorP50Ns\":%lld,\"sendErrorP99Ns\":%lld}\n",
         (unsigned long long)sent, (unsigned long long)count.skipped,
         (unsigned long long)count.failed, (unsigned long long)count.received,
         (unsigned long long)count.late, (unsigned long long)(sent - count.received - count.late),
         (unsigned long long)count.duplicate, (unsigned long long)count.stray,
         memory[SK_MEMINFO_DROPS], (long long)percentile(rtt_ns, kept, 50),
         (long long)percentile(rtt_ns, kept, 99), (long long)percentile(late_ns, count.sent, 50),
         (long long)percentile(late_ns, count.sent, 99));
}

int main(int argc, char **argv) {
  parse(argc, argv);
  open_socket();
  lay_out(&inbox, SLOT_BYTES);
  lay_out(&outbox, (size_t)options.bytes);
  lay_out(&error_box, SLOT_BYTES);
  // A sleep may otherwise be 50 us longer than asked for, to save wake-ups (prctl(2)).
  prctl(PR_SET_TIMERSLACK, 1);
  nonce = (uint64_t)clock_ns() ^ ((uint64_t)getpid() << 40);
  uint64_t slots = (uint64_t)(options.rate * options.seconds);
  sent_ns = calloc(slots + 1, sizeof *sent_ns);
  late_ns = calloc(slots + 1, sizeof *late_ns);
  kernel_sent_ns = calloc(slots + 1, sizeof *kernel_sent_ns);
  rtt_ns = calloc(slots + 1, sizeof *rtt_ns);
  if (sent_ns == NULL || late_ns == NULL || kernel_sent_ns == NULL || rtt_ns == NULL) fail("calloc");
  started_ns = clock_ns();
  run(slots, 1e9 / options.rate);
  wait_for_rest();
  if (options.records != NULL) write_records();
  report();
  return 0;
}
