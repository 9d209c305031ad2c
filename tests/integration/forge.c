/*
 * Sends UDP datagrams in anybody's name, and counts what comes back to each name: `forge INTERFACE`.
 *
 * Standard input is a sequence of records: a byte for the kind, then
 *   S  source address (4 bytes), source port (2), destination address (4), destination port (2), length (2), payload:
 *      one datagram, all numbers in network order;
 *   Q  nothing: prints `ADDRESS:PORT DATAGRAMS BYTES LAST` for every name that UDP came back to, where BYTES are payload
 *      bytes and LAST is the beginning of the last payload in hexadecimal, then `dropped N` (what the kernel could not
 *      keep for counting) and `.`.
 * The names live nowhere: what comes back is read from the interface, and the kernel throws it away. It never binds a
 * UDP port, and ends with its input.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAMES (1u << 17)
#define KEPT 160
#define HEAD 15

struct name {
  uint32_t address;
  uint16_t port;
  uint16_t kept;
  uint64_t datagrams;
  uint64_t bytes;
  uint8_t last[KEPT];
};

static struct name *names;
static uint64_t dropped;
static uint8_t input[1 << 18];
static size_t filled;
static uint8_t packet[1 << 16];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static struct name *find(uint32_t address, uint16_t port) {
  uint32_t at = (address * 2654435761u ^ port * 40503u) % NAMES;
  for (uint32_t step = 0; step < NAMES; step += 1, at = (at + 1) % NAMES) {
    struct name *one = &names[at];
    if (one->datagrams == 0 || (one->address == address && one->port == port)) return one;
  }
  fprintf(stderr, "more names than there is room for\n");
  exit(1);
}

static void receive(int watching) {
  for (;;) {
    struct sockaddr_ll from;
    socklen_t room = sizeof from;
    ssize_t length = recvfrom(watching, packet, sizeof packet, MSG_DONTWAIT, (struct sockaddr *)&from, &room);
    if (length < 0) {
      if (errno == EAGAIN) return;
      if (errno == ENETDOWN) return;
      fail("recvfrom");
    }
    struct iphdr *ip = (struct iphdr *)packet;
    size_t head = length < 20 ? 0 : ip->ihl * 4u;
    if (from.sll_pkttype == PACKET_OUTGOING || head == 0 || ip->protocol != IPPROTO_UDP) continue;
    // A later fragment has no ports; the interface's MTU leaves nothing to be fragmented.
    if ((ntohs(ip->frag_off) & 0x1fff) != 0 || (size_t)length < head + 8) continue;
    struct udphdr *udp = (struct udphdr *)(packet + head);
    // Of a packet that the kernel has not cut into segments yet, the IP header knows the whole length.
    size_t bytes = ntohs(ip->tot_len) - head - 8;
    size_t kept = bytes < KEPT ? bytes : KEPT;
    struct name *one = find(ip->daddr, udp->dest);
    one->address = ip->daddr;
    one->port = udp->dest;
    one->datagrams += 1;
    one->bytes += bytes;
    one->kept = kept;
    memcpy(one->last, packet + head + 8, kept);
  }
}

static void print(int watching) {
  struct tpacket_stats statistics;
  socklen_t room = sizeof statistics;
  if (getsockopt(watching, SOL_PACKET, PACKET_STATISTICS, &statistics, &room) < 0) fail("PACKET_STATISTICS");
  dropped += statistics.tp_drops;
  for (uint32_t at = 0; at < NAMES; at += 1) {
    struct name *one = &names[at];
    if (one->datagrams == 0) continue;
    printf("%s:%u %llu %llu ", inet_ntoa((struct in_addr){one->address}), ntohs(one->port),
           (unsigned long long)one->datagrams, (unsigned long long)one->bytes);
    for (uint16_t k = 0; k < one->kept; k += 1) printf("%02x", one->last[k]);
    printf("\n");
  }
  printf("dropped %llu\n.\n", (unsigned long long)dropped);
  fflush(stdout);
}

/* Returns how much of the record it used: 0 when it is not whole yet. */
static size_t act(int sending, int watching, const uint8_t *record, size_t left) {
  if (record[0] == 'Q') {
    receive(watching);
    print(watching);
    return 1;
  }
  if (left < HEAD) return 0;
  size_t bytes = (size_t)record[13] << 8 | record[14];
  if (left < HEAD + bytes) return 0;
  static uint8_t out[1 << 16];
  memset(out, 0, 28);
  struct iphdr *ip = (struct iphdr *)out;
  struct udphdr *udp = (struct udphdr *)(out + 20);
  ip->version = 4;
  ip->ihl = 5;
  ip->ttl = 64;
  ip->protocol = IPPROTO_UDP;
  memcpy(&ip->saddr, record + 1, 4);
  memcpy(&udp->source, record + 5, 2);
  memcpy(&ip->daddr, record + 7, 4);
  memcpy(&udp->dest, record + 11, 2);
  udp->len = htons(8 + bytes);
  memcpy(out + 28, record + HEAD, bytes);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {ip->daddr}};
  // The kernel fills in the length and the IP checksum; a UDP checksum of 0 means none.
  while (sendto(sending, out, 28 + bytes, 0, (struct sockaddr *)&to, sizeof to) < 0) {
    if (errno != ENOBUFS && errno != EAGAIN) fail("sendto");
    usleep(100);
  }
  return HEAD + bytes;
}

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "usage: forge INTERFACE\n");
    return 2;
  }
  names = calloc(NAMES, sizeof *names);
  int sending = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
  if (names == NULL || sending < 0) fail("raw socket");
  int watching = socket(AF_PACKET, SOCK_DGRAM, 0);
  if (watching < 0) fail("packet socket");
  int room = 1 << 27;
  if (setsockopt(watching, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0) fail("SO_RCVBUFFORCE");
  struct sockaddr_ll here = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = if_nametoindex(arguments[1])};
  if (here.sll_ifindex == 0) fail(arguments[1]);
  if (bind(watching, (struct sockaddr *)&here, sizeof here) < 0) fail("bind");
  printf("ready\n");
  fflush(stdout);
  for (;;) {
    struct pollfd both[2] = {{.fd = 0, .events = POLLIN}, {.fd = watching, .events = POLLIN}};
    if (poll(both, 2, -1) < 0) fail("poll");
    if (both[1].revents != 0) receive(watching);
    if (both[0].revents == 0) continue;
    ssize_t more = read(0, input + filled, sizeof input - filled);
    if (more < 0) fail("read");
    if (more == 0) return 0;
    filled += more;
    size_t used = 0;
    while (used < filled) {
      size_t one = act(sending, watching, input + used, filled - used);
      if (one == 0) break;
      used += one;
      receive(watching);
    }
    memmove(input, input + used, filled - used);
    filled -= used;
  }
}
