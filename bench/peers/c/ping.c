/*
 * Both ends of a UDP relay for latency: a process that echoes, and one that sends at a given rate and measures.
 *
 *   ping BYTES        prints {"port":N}, the echo's, and then takes a line a trial on its standard input:
 *
 *   stream PORT RATE SKIP COUNT
 *   first PORT FLOWS GAP_MS
 *
 * stream sends SKIP + COUNT datagrams from one new source port to PORT, RATE a second, and measures the round trips
 * of the last COUNT. A round trip ends with the kernel's arrival time of the answer, so how soon this process wakes is
 * no part of it; how soon the echo wakes is. Answers {"sent":N,"received":N,"p50Us":N,"p99Us":N}, all of the last COUNT.
 *
 * first sends one datagram from each of FLOWS new source ports, GAP_MS after the answer to the one before, and takes
 * the time until it arrived at the echo, as the kernel there says. Answers {"us":[…]}; -1 is one without an answer.
 *
 * It sleeps until the next datagram is due or an answer has come. Both processes end with its standard input.
 */
#include "udp.h"
#include <poll.h>
#include <signal.h>

enum { HEAD_BYTES = 32, CONTROL_BYTES = 128, MAX_BYTES = 2000, MAX_FLOWS = 1000, ANSWER_MS = 1000 };

/* The start of every datagram. The echo writes arrived_ns. */
struct head {
  uint32_t trial, number;
  int64_t sent_ns, arrived_ns, unused;
};

static int64_t nanoseconds(struct timespec t) { return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec; }

static int64_t read_clock(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return nanoseconds(t);
}

/* Receives one datagram without waiting unless `flags` say so. Returns its length and sets the kernel's arrival time. */
static ssize_t receive(int s, char *data, int flags, struct sockaddr_in *from, int64_t *arrived_ns) {
  char control[CONTROL_BYTES];
  struct iovec part = {data, MAX_BYTES};
  struct msghdr message = {.msg_name = from,
                           .msg_namelen = sizeof *from,
                           .msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = CONTROL_BYTES};
  ssize_t length = recvmsg(s, &message, flags);
  if (length < 0) return length;
  *arrived_ns = 0;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_TIMESTAMPNS) continue;
    struct timespec t;
    memcpy(&t, CMSG_DATA(c), sizeof t);
    *arrived_ns = nanoseconds(t);
  }
  return length;
}

static void echo(int s) {
  static char data[MAX_BYTES];
  for (;;) {
    struct sockaddr_in from;
    int64_t arrived_ns;
    ssize_t length = receive(s, data, 0, &from, &arrived_ns);
    if (length < HEAD_BYTES) continue;
    ((struct head *)data)->arrived_ns = arrived_ns;
    sendto(s, data, (size_t)length, 0, (struct sockaddr *)&from, sizeof from);
  }
}

static int open_stamped(void) {
  int s = open_socket();
  set_option(s, SOL_SOCKET, SO_TIMESTAMPNS, 1, "SO_TIMESTAMPNS");
  return s;
}

static void send_one(int s, char *data, int bytes, uint32_t trial, uint32_t number) {
  struct head head = {.trial = trial, .number = number, .sent_ns = read_clock(CLOCK_REALTIME)};
  memcpy(data, &head, sizeof head);
  send(s, data, (size_t)bytes, 0);
}

static int by_value(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return left < right ? -1 : left > right;
}

/* The smallest value that at least this share of the values does not exceed; -1 without values. */
static double percentile(const double *sorted, long count, double share) {
  if (count == 0) return -1;
  long rank = (long)(share * (double)count);
  if ((double)rank < share * (double)count) rank++;
  return sorted[rank > 0 ? rank - 1 : 0];
}

/* Waits for an answer until a time of CLOCK_MONOTONIC. Returns whether there is one. */
static int wait_until(int s, int64_t due_ns) {
  int64_t left_ns = due_ns - read_clock(CLOCK_MONOTONIC);
  if (left_ns < 0) left_ns = 0;
  struct timespec left = {left_ns / 1000000000, left_ns % 1000000000};
  struct pollfd watched = {s, POLLIN, 0};
  return ppoll(&watched, 1, &left, NULL) > 0;
}

static void run_stream(uint32_t trial, int port, int bytes, double rate, long skip, long count) {
  static char data[MAX_BYTES];
  double *round_trips_us = calloc((size_t)count, sizeof *round_trips_us);
  if (round_trips_us == NULL) fail("calloc");
  int s = open_stamped();
  connect_to(s, port);
  long sent = 0, received = 0, total = skip + count;
  int64_t start_ns = read_clock(CLOCK_MONOTONIC), heard_ns = start_ns;
  for (;;) {
    int64_t now_ns = read_clock(CLOCK_MONOTONIC);
    int64_t due_ns = sent < total ? start_ns + (int64_t)((double)sent / rate * 1e9) : heard_ns + ANSWER_MS * 1000000LL;
    if (sent < total && due_ns <= now_ns) {
      send_one(s, data, bytes, trial, (uint32_t)sent);
      sent++;
      heard_ns = now_ns;
      continue;
    }
    if (sent == total && (received == count || due_ns <= now_ns)) break;
    if (!wait_until(s, due_ns)) continue;
    struct sockaddr_in from;
    int64_t arrived_ns;
    struct head head;
    if (receive(s, data, MSG_DONTWAIT, &from, &arrived_ns) < HEAD_BYTES) continue;
    memcpy(&head, data, sizeof head);
    if (head.trial != trial || head.number < skip || received >= count) continue;
    heard_ns = read_clock(CLOCK_MONOTONIC);
    round_trips_us[received] = (double)(arrived_ns - head.sent_ns) / 1e3;
    received++;
  }
  close(s);
  qsort(round_trips_us, (size_t)received, sizeof *round_trips_us, by_value);
  printf("{\"sent\":%ld,\"received\":%ld,\"p50Us\":%.3f,\"p99Us\":%.3f}\n", count, received,
         percentile(round_trips_us, received, 0.5), percentile(round_trips_us, received, 0.99));
  free(round_trips_us);
}

static double first_us(uint32_t trial, int port, int bytes, uint32_t number) {
  static char data[MAX_BYTES];
  int s = open_stamped();
  connect_to(s, port);
  send_one(s, data, bytes, trial, number);
  int64_t limit_ns = read_clock(CLOCK_MONOTONIC) + ANSWER_MS * 1000000LL;
  double us = -1;
  while (us < 0 && wait_until(s, limit_ns)) {
    struct sockaddr_in from;
    int64_t arrived_ns;
    struct head head;
    if (receive(s, data, MSG_DONTWAIT, &from, &arrived_ns) < HEAD_BYTES) break;
    memcpy(&head, data, sizeof head);
    if (head.trial == trial && head.number == number) us = (double)(head.arrived_ns - head.sent_ns) / 1e3;
  }
  close(s);
  return us;
}

int main(int argc, char **argv) {
  int bytes = argc == 2 ? atoi(argv[1]) : 0;
  if (bytes < HEAD_BYTES || bytes > MAX_BYTES) {
    fprintf(stderr, "usage: ping BYTES (%d to %d)\n", HEAD_BYTES, MAX_BYTES);
    return 2;
  }
  int echoing = open_stamped(), port = bind_to(echoing, 0);
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    echo(echoing);
  }
  close(echoing);
  sleep_exactly();
  printf("{\"port\":%d}\n", port);
  fflush(stdout);
  char kind[8];
  int to;
  for (uint32_t trial = 1; scanf("%7s %d", kind, &to) == 2; trial++) {
    double rate;
    long skip, count, gap_ms;
    if (strcmp(kind, "stream") == 0 && scanf("%lf %ld %ld", &rate, &skip, &count) == 3) {
      run_stream(trial, to, bytes, rate, skip, count);
    } else if (strcmp(kind, "first") == 0 && scanf("%ld %ld", &count, &gap_ms) == 2 && count <= MAX_FLOWS) {
      printf("{\"us\":[");
      for (long flow = 0; flow < count; flow++) {
        usleep((useconds_t)gap_ms * 1000);
        printf("%s%.3f", flow == 0 ? "" : ",", first_us(trial, to, bytes, (uint32_t)flow));
      }
      printf("]}\n");
    } else {
      fprintf(stderr, "ping: expected \"stream PORT RATE SKIP COUNT\" or \"first PORT FLOWS GAP_MS\"\n");
      return 2;
    }
    fflush(stdout);
  }
  kill(child, SIGKILL);
  return 0;
}
