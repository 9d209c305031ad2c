/**
 * Constants of the Linux socket interface: options, flags and the layout of structures on 64-bit systems.
 *
 * The same on x64 and arm64, the two that `native.ts` accepts; both are little-endian.
 */

export const AF_INET = 2;
export const AF_INET6 = 10;
/** SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC: a child process must not keep a port open. */
export const DATAGRAM_SOCKET = 2 | 0o4000 | 0o2000000;

export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_BROADCAST = 6;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;
/** Also the type of the control message with the timestamp, a struct timespec. */
export const SO_TIMESTAMPNS = 35;
export const SO_MEMINFO = 55;
/** SK_MEMINFO_VARS 32-bit words; the drop counter is the last. */
export const MEMINFO_WORDS = 9;
export const MEMINFO_DROPS = 8;

export const SOL_UDP = 17;
/** As a control message: the 16-bit size of each segment of this send. */
export const UDP_SEGMENT = 103;
/** As a control message: the size of each segment of what was received, an int. */
export const UDP_GRO = 104;

/** The number of segments in one send that every kernel with UDP_SEGMENT accepts. */
export const MAX_SEGMENTS = 64;
/** Largest coalesced buffer, bytes. */
export const MAX_COALESCED_BYTES = 65_536;

export const SOL_IP = 0;
/** Also the types of the control messages, both ways: a struct in_pktinfo, and the type of service. */
export const IP_TOS = 1;
export const IP_PKTINFO = 8;
export const IP_RECVTOS = 13;
/** Reports errors of datagrams to all destinations; also the type of the control message with the error. */
export const IP_RECVERR = 11;
export const IP_MULTICAST_IF = 32;
/** Takes a struct ip_mreq: the group, and an address of the interface. */
export const IP_ADD_MEMBERSHIP = 35;
export const SOL_IPV6 = 41;
export const IPV6_MULTICAST_IF = 17;
/** Takes a struct ipv6_mreq: the group, and the number of the interface. */
export const IPV6_ADD_MEMBERSHIP = 20;
export const IPV6_RECVERR = 25;
/** Enables the control message IPV6_PKTINFO, whose type is another number: a struct in6_pktinfo. */
export const IPV6_RECVPKTINFO = 49;
export const IPV6_PKTINFO = 50;
/** The same; a number of 32 bits. */
export const IPV6_RECVTCLASS = 66;
export const IPV6_TCLASS = 67;

export const POLLIN = 1;
export const POLLOUT = 4;
export const POLLERR = 8;
/** struct pollfd. */
export const POLLFD_BYTES = 8;
export const POLLFD_WORDS = 2;
export const CLOCK_REALTIME = 0;
export const CLOCK_MONOTONIC = 1;

export const EINTR = 4;
export const EIO = 5;
export const EAGAIN = 11;
export const EACCES = 13;
export const EINVAL = 22;
export const EMSGSIZE = 90;
export const ENOBUFS = 105;
export const ECONNREFUSED = 111;

/** struct mmsghdr: a struct msghdr and the bytes moved. Positions in 32-bit words. */
export const MMSGHDR_BYTES = 64;
export const MMSGHDR_WORDS = 16;
export const MSG_NAME = 0;
export const MSG_NAMELEN = 2;
export const MSG_IOV = 4;
export const MSG_IOVLEN = 6;
export const MSG_CONTROL = 8;
export const MSG_CONTROLLEN = 10;
export const MSG_FLAGS = 12;
export const MSG_LEN = 14;

/** In msg_flags: there was no room for all control messages. */
export const MSG_CTRUNC = 8;
/** A flag of recvmmsg: read the error queue instead of datagrams. */
export const MSG_ERRQUEUE = 0x2000;
export const SO_EE_ORIGIN_ICMP = 2;
export const SO_EE_ORIGIN_ICMP6 = 3;

/** struct iovec: base and length, 64 bits each. */
export const IOVEC_BYTES = 16;
export const IOVEC_WORDS = 4;

/** struct cmsghdr: length (64 bits, header included), level, type; data follow, padded to 8 bytes. */
export const CMSG_HEADER_BYTES = 16;
export const CMSG_LEVEL = 2;
export const CMSG_TYPE = 3;
export const CMSG_DATA = 4;

/** Room for any UDP socket address: struct sockaddr_in has 16 bytes, sockaddr_in6 28. */
export const SOCKADDR_BYTES = 32;
export const SOCKADDR_WORDS = 8;
export const SOCKADDR_IN_BYTES = 16;
export const SOCKADDR_IN6_BYTES = 28;
