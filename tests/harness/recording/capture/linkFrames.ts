/** Frames of every link layer, byte by byte, each with a datagram. Not a test. */
import { ethernet, ipv4, ipv6, udp } from './byHand.ts';

export const four = ipv4(udp('four'));
const six = ipv6(udp('six'));
export const bytes = (...parts: (readonly number[] | Uint8Array)[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part)));
const ADDRESS = [0, 6, 1, 2, 3, 4, 5, 6, 0, 0];
const two = (value: number): number[] => [value >> 8, value & 0xff];
export const cooked1 = (packetType: number, hardware: number, type: number): number[] => [
  0,
  packetType,
  ...two(hardware),
  ...ADDRESS,
  ...two(type),
];
export const cooked2 = (packetType: number, hardware: number, type: number): number[] => [
  ...two(type),
  ...two(0),
  ...two(0),
  ...two(1),
  ...two(hardware),
  packetType,
  ...ADDRESS.slice(1),
];

const FOUR = ['1 up @0 four'];
const SIX = ['1 up @0 six'];

/** Name, link type, frame, and the datagram in it. */
export const LINK_FRAMES = [
  ['Ethernet, IPv4', 1, ethernet(four), FOUR],
  ['Ethernet, IPv6', 1, ethernet(six, 0x86dd), SIX],
  [
    'Ethernet, padded to its shortest frame',
    1,
    bytes(
      ethernet(four),
      Array.from({ length: 14 }, () => 7),
    ),
    FOUR,
  ],
  ['one VLAN tag', 1, ethernet(four, 0x0800, [0x81, 0x00, 0x00, 0x05]), FOUR],
  ['two VLAN tags', 1, ethernet(six, 0x86dd, [0x88, 0xa8, 0, 1, 0x81, 0x00, 0, 2]), SIX],
  ['PPPoE on Ethernet', 1, ethernet(bytes([0x11, 0, 0, 1, 0, 40, 0x00, 0x21], four), 0x8864), FOUR],
  ['null, little-endian', 0, bytes([2, 0, 0, 0], four), FOUR],
  ['null, big-endian', 0, bytes([0, 0, 0, 2], four), FOUR],
  ['null, IPv6 of macOS', 0, bytes([30, 0, 0, 0], six), SIX],
  ['null, IPv6 of FreeBSD', 0, bytes([0, 0, 0, 28], six), SIX],
  ['OpenBSD loopback', 108, bytes([0, 0, 0, 24], six), SIX],
  ['PPP as ns-3 writes it', 9, bytes([0x00, 0x21], four), FOUR],
  ['PPP with address and control', 9, bytes([0xff, 0x03, 0x00, 0x57], six), SIX],
  ['PPP with a compressed protocol', 9, bytes([0x21], four), FOUR],
  ['PPP in HDLC', 50, bytes([0xff, 0x03, 0x00, 0x21], four), FOUR],
  ['raw, by the IP version', 101, four, FOUR],
  ['raw, the older numbers', 12, six, SIX],
  ['raw IPv4', 228, four, FOUR],
  ['raw IPv6', 229, six, SIX],
  ['Linux cooked v1', 113, bytes(cooked1(0, 1, 0x0800), four), FOUR],
  ['Linux cooked v1 with a VLAN tag', 113, bytes(cooked1(0, 1, 0x8100), [0, 5, 0x86, 0xdd], six), SIX],
  ['Linux cooked v2', 276, bytes(cooked2(0, 1, 0x86dd), six), SIX],
  ['Linux cooked v2, loopback coming in', 276, bytes(cooked2(0, 772, 0x0800), four), FOUR],
] as const;
