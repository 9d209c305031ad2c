/*
 * How fast UDP over loopback can be on this machine: one process sends flat out, another one counts.
 *
 *   limit plain|offload BYTES SECONDS
 *
 * plain is one send and one receive a datagram. offload hands the kernel up to 64 datagrams at once to cut apart
 * (UDP_SEGMENT) and takes them as joined again (UDP_GRO). It looks into no datagram and keeps no statistics but
 * two sums. Prints one line of JSON.
 */
#include "udp.h"
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { SENDS_A_LOOK = 16, QUIET_US = 100000 };

/* Shared memory of the two processes. */
struct shared {
  volatile int over;
  long received;
  long drops;
  double first_s;
  double last_s;
};

static void count_arrivals(int s, int offload, int bytes, struct shared *told) {
  static char buffers[READS][LARGEST_DATAGRAM];
  static struct mmsghdr messages[READS];
  static struct iovec parts[READS];
  for (int k = 0; k < READS; k++) {
    parts[k].iov_base = buffers[k];
    parts[k].iov_len = LARGEST_DATAGRAM;
    messages[k].msg_hdr.msg_iov = &parts[k];
    messages[k].msg_hdr.msg_iovlen = 1;
  }
  wait_at_most(s, QUIET_US);
  for (;;) {
    long arrived = 0;
    if (offload) {
      int n = recvmmsg(s, messages, READS, MSG_WAITFORONE, NULL);
      for (int k = 0; k < n; k++) arrived += ((long)messages[k].msg_len + bytes - 1) / bytes;
    } else if (recv(s, buffers[0], LARGEST_DATAGRAM, 0) >= 0) {
      arrived = 1;
    }
    if (arrived > 0) {
      told->last_s = now_s();
      if (told->received == 0) told->first_s = told->last_s;
      told->received += arrived;
    } else if (told->over) {
      break;
    }
  }
  told->drops = drops_at(s);
}

int main(int argc, char **argv) {
  if (argc != 4 || (strcmp(argv[1], "plain") != 0 && strcmp(argv[1], "offload") != 0)) {
    fprintf(stderr, "usage: limit plain|offload BYTES SECONDS\n");
    return 2;
  }
  int offload = argv[1][0] == 'o', bytes = atoi(argv[2]);
  double seconds = atof(argv[3]);
  if (bytes < 1 || bytes > MAX_SEND_BYTES || seconds <= 0) return 2;

  struct shared *told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (told == MAP_FAILED) fail("mmap");
  int receiver = open_socket(), port = bind_to(receiver, 0);
  if (offload) set_option(receiver, SOL_UDP, UDP_GRO, 1, "UDP_GRO");
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    count_arrivals(receiver, offload, bytes, told);
    return 0;
  }
  close(receiver);

  static char payload[MAX_SEND_BYTES];
  memset(payload, 'a', sizeof payload);
  int sender = open_socket();
  connect_to(sender, port);
  int segments = MAX_SEND_BYTES / bytes < MAX_SEGMENTS ? MAX_SEND_BYTES / bytes : MAX_SEGMENTS;
  if (offload) set_option(sender, SOL_UDP, UDP_SEGMENT, bytes, "UDP_SEGMENT");
  int at_once = offload ? segments : 1;
  long sent = 0;
  double start_s = now_s(), end_s = start_s;
  for (; end_s - start_s < seconds; end_s = now_s())
    for (int k = 0; k < SENDS_A_LOOK; k++)
      if (send(sender, payload, (size_t)bytes * (size_t)at_once, 0) > 0) sent += at_once;
  told->over = 1;
  if (waitpid(child, NULL, 0) < 0) fail("waitpid");
  printf("{\"sent\":%ld,\"sendS\":%.9f,\"received\":%ld,\"receiveS\":%.9f,\"drops\":%ld}\n", sent, end_s - start_s,
         told->received, told->last_s - told->first_s, told->drops);
  return 0;
}
