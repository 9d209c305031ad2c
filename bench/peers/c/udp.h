/*
 * What the programs share: sockets on loopback, the clock, and what the kernel says it dropped.
 * Every program leaves the loopback interface alone but for the ports it is given or picks, and ends by itself.
 */
#ifndef PEERS_UDP_H
#define PEERS_UDP_H
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef SOL_UDP
#define SOL_UDP 17
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

enum {
  RECEIVE_BUFFER_BYTES = 4 << 20,
  /* Kernel limits for one segmented send: datagrams and bytes. */
  MAX_SEGMENTS = 64,
  MAX_SEND_BYTES = 65000,
  LARGEST_DATAGRAM = 65536,
  READS = 32,
  MEMINFO_WORDS = 9,
  MEMINFO_DROPS = 8
};

static inline void fail(const char *what) {
  perror(what);
  exit(3);
}

static inline double now_s(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Removes the timer slack of 50 microseconds, so that sleeps are exact. */
static inline void sleep_exactly(void) { prctl(PR_SET_TIMERSLACK, 1UL); }

static inline struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  return address;
}

static inline int open_socket(void) {
  int space = RECEIVE_BUFFER_BYTES;
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  if (s < 0) fail("socket");
  setsockopt(s, SOL_SOCKET, SO_RCVBUF, &space, sizeof space);
  return s;
}

/* Port 0 picks a free one. Returns the port. */
static inline int bind_to(int s, int port) {
  struct sockaddr_in address = loopback(port);
  socklen_t length = sizeof address;
  if (bind(s, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
  getsockname(s, (struct sockaddr *)&address, &length);
  return ntohs(address.sin_port);
}

static inline void connect_to(int s, int port) {
  struct sockaddr_in address = loopback(port);
  if (connect(s, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
}

static inline void set_option(int s, int level, int option, int value, const char *name) {
  if (setsockopt(s, level, option, &value, sizeof value) < 0) fail(name);
}

static inline void wait_at_most(int s, long microseconds) {
  struct timeval wait = {microseconds / 1000000, microseconds % 1000000};
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
}

/* Datagrams (with UDP_GRO: buffers of joined datagrams) dropped at a socket so far; -1 where the kernel does not say. */
static inline long drops_at(int s) {
  uint32_t words[MEMINFO_WORDS] = {0};
  socklen_t length = sizeof words;
  if (getsockopt(s, SOL_SOCKET, SO_MEMINFO, words, &length) < 0 || length < sizeof words) return -1;
  return words[MEMINFO_DROPS];
}

#endif
