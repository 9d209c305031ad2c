/*
 * Both ends of a UDP relay: a thread that sends at a given rate to the relay's port, and the sink the relay
 * forwards to, which counts what comes out.
 *
 *   load BYTES        prints {"port":N}, the sink's, and then takes a line a trial on its standard input:
 *   PORT RATE COUNT EXPECTED IDLE_MS
 *
 * sends 1 + COUNT datagrams to PORT, RATE a second, and waits until EXPECTED have come or nothing has for IDLE_MS.
 * The first one opens the relay's flow, alone and early; it is counted like the rest. Each trial has a source port of
 * its own, so a flow of its own. Sends are batches of BATCH datagrams for the kernel to cut (UDP_SEGMENT): a loop of
 * single sends takes a processor for itself, which the relay then lacks, and ends before a fast relay does. For the same
 * reason it sleeps until the next batch is due, however near that is. A datagram begins with trial and number, so that
 * one that comes late is told from those of the trial after it. Answers one line of JSON a trial; ends with its input.
 */
#include "udp.h"
#include <pthread.h>

enum { BATCH = 32, OPENING_US = 50000, QUIET_US = 20000, HEAD_BYTES = 8 };
/* A sender that exceeds its planned time both by this factor and by this many seconds is too slow and gives up. */
static const double MAX_TIMES = 1.5, MAX_LATE_S = 0.1;

struct trial {
  uint32_t number;
  int port, bytes, failed;
  double rate;
  long count, sent;
  double send_s;
  volatile int over;
};

static void write_heads(char *payload, int bytes, uint32_t trial, uint32_t from, int datagrams) {
  for (int k = 0; k < datagrams; k++) {
    uint32_t head[2] = {trial, from + (uint32_t)k};
    memcpy(payload + (size_t)k * (size_t)bytes, head, HEAD_BYTES);
  }
}

static void *send_all(void *given) {
  struct trial *t = given;
  static char payload[MAX_SEND_BYTES];
  memset(payload, 'a', sizeof payload);
  int s = open_socket();
  connect_to(s, t->port);
  sleep_exactly();
  write_heads(payload, t->bytes, t->number, 0, 1);
  if (send(s, payload, (size_t)t->bytes, 0) > 0) t->sent++;
  usleep(OPENING_US);
  int max = MAX_SEND_BYTES / t->bytes < BATCH ? MAX_SEND_BYTES / t->bytes : BATCH;
  set_option(s, SOL_UDP, UDP_SEGMENT, t->bytes, "UDP_SEGMENT");
  double start_s = now_s(), planned_s = (double)t->count / t->rate;
  double limit_s = MAX_TIMES * planned_s > planned_s + MAX_LATE_S ? MAX_TIMES * planned_s : planned_s + MAX_LATE_S;
  long offered = 0;
  while (offered < t->count) {
    long left = t->count - offered;
    int n = left < max ? (int)left : max;
    double elapsed_s = now_s() - start_s, wait_ns = ((double)(offered + n - 1) / t->rate - elapsed_s) * 1e9;
    if (elapsed_s > limit_s) break;
    if (wait_ns > 0) {
      struct timespec nap = {0, (long)wait_ns % 1000000000};
      nanosleep(&nap, NULL);
      continue;
    }
    write_heads(payload, t->bytes, t->number, (uint32_t)offered + 1, n);
    if (send(s, payload, (size_t)t->bytes * (size_t)n, 0) > 0) t->sent += n;
    else t->failed += n;
    offered += n;
  }
  t->send_s = now_s() - start_s;
  close(s);
  t->over = 1;
  return NULL;
}

struct arrivals {
  long received, strays, reordered;
  /* The expected next number (NextExp of RFC 4737). */
  uint32_t next;
  double first_s, last_s;
};

/* Handles a buffer with one datagram, or with several that the kernel joined (UDP_GRO). */
static void take(struct arrivals *a, uint32_t trial, const char *data, int length, int bytes, double at_s) {
  for (int at = 0; at + HEAD_BYTES <= length; at += bytes) {
    uint32_t head[2];
    memcpy(head, data + at, HEAD_BYTES);
    if (head[0] != trial) {
      a->strays++;
      continue;
    }
    a->received++;
    if (head[1] < a->next) {
      a->reordered++;
      continue;
    }
    a->next = head[1] + 1;
    /* The opening datagram is early and datagrams held at the end are late: neither is part of the rate. */
    if (head[1] == 0) continue;
    if (a->first_s == 0) a->first_s = at_s;
    a->last_s = at_s;
  }
}

static void run_trial(int sink, struct trial *t, long expected, long idle_ms) {
  static char buffers[READS][LARGEST_DATAGRAM];
  static struct mmsghdr messages[READS];
  static struct iovec parts[READS];
  for (int k = 0; k < READS; k++) {
    parts[k].iov_base = buffers[k];
    parts[k].iov_len = LARGEST_DATAGRAM;
    messages[k].msg_hdr.msg_iov = &parts[k];
    messages[k].msg_hdr.msg_iovlen = 1;
  }
  struct arrivals a = {0};
  long drops = drops_at(sink);
  pthread_t sender;
  if (pthread_create(&sender, NULL, send_all, t) != 0) fail("pthread_create");
  double heard_s = now_s();
  for (;;) {
    int n = recvmmsg(sink, messages, READS, MSG_WAITFORONE, NULL);
    double at_s = now_s();
    for (int k = 0; k < n; k++) take(&a, t->number, buffers[k], (int)messages[k].msg_len, t->bytes, at_s);
    if (n > 0 || !t->over) heard_s = at_s;
    if (t->over && (a.received >= expected || (at_s - heard_s) * 1e3 >= (double)idle_ms)) break;
  }
  pthread_join(sender, NULL);
  long dropped = drops < 0 ? -1 : drops_at(sink) - drops;
  printf("{\"sent\":%ld,\"failed\":%d,\"sendS\":%.9f,\"received\":%ld,\"receiveS\":%.9f,\"reordered\":%ld,\"strays\":%ld,"
         "\"drops\":%ld}\n",
         t->sent, t->failed, t->send_s, a.received, a.last_s - a.first_s, a.reordered, a.strays, dropped);
  fflush(stdout);
}

int main(int argc, char **argv) {
  int bytes = argc == 2 ? atoi(argv[1]) : 0;
  if (bytes < HEAD_BYTES || bytes > MAX_SEND_BYTES) {
    fprintf(stderr, "usage: load BYTES\n");
    return 2;
  }
  int sink = open_socket(), port = bind_to(sink, 0);
  set_option(sink, SOL_UDP, UDP_GRO, 1, "UDP_GRO");
  wait_at_most(sink, QUIET_US);
  printf("{\"port\":%d}\n", port);
  fflush(stdout);
  struct trial t = {.bytes = bytes};
  long expected, idle_ms;
  while (scanf("%d %lf %ld %ld %ld", &t.port, &t.rate, &t.count, &expected, &idle_ms) == 5) {
    t.number++;
    t.sent = 0;
    t.failed = 0;
    t.over = 0;
    run_trial(sink, &t, expected, idle_ms);
  }
  return 0;
}
