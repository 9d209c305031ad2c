/*
 * Stands in front of a program that receives a paced stream, and writes down when each datagram of the stream came.
 *
 *   recorder iperf3|matchstream LISTEN_PORT UPSTREAM_PORT BYTES MOST FILE
 *
 * Datagrams of exactly BYTES are the stream, whichever side they come from: each is written down with its number and
 * the kernel's own arrival time, and goes no further, so that nothing but sender and recorder is at work. All others
 * (how the two sides open and end a stream) are passed on. Prints {"port":N} when ready. When its standard input
 * ends it writes FILE, two doubles a datagram in order of arrival, number and nanoseconds since the first, at most
 * MOST of them; prints {"recorded":N,"drops":N} and ends.
 */
#include "udp.h"
#include <poll.h>

enum { CONTROL_BYTES = 256, NUMBER_AT_IPERF3 = 8, NUMBER_AT_MATCHSTREAM = 20 };

struct record {
  double number, time_ns;
};

/* iperf3: after seconds and microseconds, 32 bits, big-endian. */
static double iperf3_number(const unsigned char *data) {
  uint32_t number;
  memcpy(&number, data + NUMBER_AT_IPERF3, sizeof number);
  return ntohl(number);
}

/* matchstream: the digits behind {"message":{"count": */
static double matchstream_number(const unsigned char *data) {
  double number = 0;
  for (const unsigned char *at = data + NUMBER_AT_MATCHSTREAM; *at >= '0' && *at <= '9'; at++)
    number = number * 10 + (*at - '0');
  return number;
}

static struct timespec arrival_of(struct msghdr *message) {
  struct timespec t = {0, 0};
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c))
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) memcpy(&t, CMSG_DATA(c), sizeof t);
  return t;
}

static struct record *records;
static long recorded, max;
static struct timespec epoch;
static double (*number_of)(const unsigned char *);

static void record_one(const unsigned char *data, struct timespec at) {
  if (recorded == 0) epoch = at;
  if (recorded >= max) return;
  records[recorded].number = number_of(data);
  records[recorded].time_ns = (double)(at.tv_sec - epoch.tv_sec) * 1e9 + (double)(at.tv_nsec - epoch.tv_nsec);
  recorded++;
}

/*
 * Reads what has arrived at socket `from`: records datagrams of the stream and relays the others through socket `to`.
 */
static void take_all(int from, int to, int bytes, struct sockaddr_in *client, int is_client_side) {
  static unsigned char buffers[READS][LARGEST_DATAGRAM];
  static char controls[READS][CONTROL_BYTES];
  static struct sockaddr_in sources[READS];
  static struct mmsghdr messages[READS];
  static struct iovec parts[READS];
  for (int k = 0; k < READS; k++) {
    parts[k] = (struct iovec){buffers[k], LARGEST_DATAGRAM};
    messages[k].msg_hdr = (struct msghdr){.msg_name = &sources[k],
                                          .msg_namelen = sizeof sources[k],
                                          .msg_iov = &parts[k],
                                          .msg_iovlen = 1,
                                          .msg_control = controls[k],
                                          .msg_controllen = CONTROL_BYTES};
  }
  int n = recvmmsg(from, messages, READS, MSG_DONTWAIT, NULL);
  for (int k = 0; k < n; k++) {
    int length = (int)messages[k].msg_len;
    if (length == bytes) record_one(buffers[k], arrival_of(&messages[k].msg_hdr));
    else if (is_client_side) {
      *client = sources[k];
      send(to, buffers[k], (size_t)length, 0);
    } else if (client->sin_port != 0) {
      sendto(to, buffers[k], (size_t)length, 0, (struct sockaddr *)client, sizeof *client);
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 7) {
    fprintf(stderr, "usage: recorder iperf3|matchstream LISTEN_PORT UPSTREAM_PORT BYTES MOST FILE\n");
    return 2;
  }
  number_of = argv[1][0] == 'i' ? iperf3_number : matchstream_number;
  int bytes = atoi(argv[4]);
  max = atol(argv[5]);
  records = calloc((size_t)max, sizeof *records);
  if (records == NULL) fail("calloc");
  /* Touched now, so that there are no page faults during the stream. */
  memset(records, 1, (size_t)max * sizeof *records);
  int listening = open_socket(), upstream = open_socket();
  int port = bind_to(listening, atoi(argv[2]));
  connect_to(upstream, atoi(argv[3]));
  set_option(listening, SOL_SOCKET, SO_TIMESTAMPNS, 1, "SO_TIMESTAMPNS");
  set_option(upstream, SOL_SOCKET, SO_TIMESTAMPNS, 1, "SO_TIMESTAMPNS");
  printf("{\"port\":%d}\n", port);
  fflush(stdout);

  struct sockaddr_in client = {0};
  struct pollfd watched[] = {{0, POLLIN, 0}, {listening, POLLIN, 0}, {upstream, POLLIN, 0}};
  while (!(watched[0].revents & (POLLIN | POLLHUP))) {
    if (poll(watched, 3, -1) < 0) fail("poll");
    if (watched[1].revents) take_all(listening, upstream, bytes, &client, 1);
    if (watched[2].revents) take_all(upstream, listening, bytes, &client, 0);
  }
  FILE *file = fopen(argv[6], "wb");
  if (file == NULL) fail(argv[6]);
  if (fwrite(records, sizeof *records, (size_t)recorded, file) != (size_t)recorded || fclose(file) != 0) fail(argv[6]);
  printf("{\"recorded\":%ld,\"drops\":%ld}\n", recorded, drops_at(listening) + drops_at(upstream));
  return 0;
}
