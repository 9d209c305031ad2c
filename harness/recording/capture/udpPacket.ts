/**
 * Writes a datagram as an Ethernet frame with IPv4 or IPv6 and UDP, checksums included (RFC 768, RFC 791, RFC 8200).
 */
export interface Endpoint {
  /** 4 or 16 bytes. */
  readonly address: readonly number[];
  readonly port: number;
}

const ETHERNET_BYTES = 14;
const IPV4_BYTES = 20;
const IPV6_BYTES = 40;
const UDP_BYTES = 8;
const UDP = 17;
const HOPS = 64;

/** Bytes of all headers for this family of addresses. */
export const headerBytesOf = ({ address }: Endpoint): number =>
  ETHERNET_BYTES + (address.length === 4 ? IPV4_BYTES : IPV6_BYTES) + UDP_BYTES;

/** Writes it at an even place of `into`. Both endpoints are of one family. */
export function writeUdpPacket(
  into: Buffer,
  at: number,
  from: Endpoint,
  to: Endpoint,
  source: Uint8Array,
  start: number,
  lengthBytes: number,
): void {
  const isIpv4 = from.address.length === 4;
  // Hardware addresses are zero, as on a loopback interface.
  into.fill(0, at, at + headerBytesOf(from));
  into.writeUInt16BE(isIpv4 ? 0x0800 : 0x86dd, at + 12);
  const ipAt = at + ETHERNET_BYTES;
  const udpBytes = UDP_BYTES + lengthBytes;
  const addressesAt = ipAt + (isIpv4 ? 12 : 8);
  const udpAt = addressesAt + 2 * from.address.length;
  for (let k = 0; k < from.address.length; k += 1) {
    into[addressesAt + k] = from.address[k] as number;
    into[addressesAt + from.address.length + k] = to.address[k] as number;
  }
  if (isIpv4) {
    into[ipAt] = 0x45;
    into.writeUInt16BE(IPV4_BYTES + udpBytes, ipAt + 2);
    into[ipAt + 8] = HOPS;
    into[ipAt + 9] = UDP;
    into.writeUInt16BE(checksumOf(sumOf(into, ipAt, udpAt)), ipAt + 10);
  } else {
    into[ipAt] = 0x60;
    into.writeUInt16BE(udpBytes, ipAt + 4);
    into[ipAt + 6] = UDP;
    into[ipAt + 7] = HOPS;
  }
  into.writeUInt16BE(from.port, udpAt);
  into.writeUInt16BE(to.port, udpAt + 2);
  into.writeUInt16BE(udpBytes, udpAt + 4);
  const payloadAt = udpAt + UDP_BYTES;
  into.set(source.subarray(start, start + lengthBytes), payloadAt);
  const pseudo = UDP + udpBytes;
  const sum =
    sumOf(into, addressesAt, payloadAt + lengthBytes) + (IS_LITTLE ? swapped(fold(pseudo)) : pseudo);
  // 0 stands for no checksum.
  into.writeUInt16BE(checksumOf(sum) || 0xffff, udpAt + 6);
}

/** Whether this machine puts the low byte first. */
const IS_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * Sum of 16-bit words in the machine's byte order, not folded: a sum in ones' complement may be made in either order (RFC
 * 1071), and of words of 32 bits at a time.
 * @param from even
 */
function sumOf(bytes: Buffer, from: number, to: number): number {
  const { buffer, byteOffset } = bytes;
  let sum = 0;
  let at = byteOffset + from;
  const end = byteOffset + to;
  if (at % 4 !== 0 && end - at >= 2) {
    sum += wordAt(bytes, from);
    at += 2;
  }
  const words = new Uint32Array(buffer, at, (end - at) >> 2);
  for (let k = 0; k < words.length; k += 1) sum += words[k] as number;
  at += words.length * 4;
  if (end - at >= 2) {
    sum += wordAt(bytes, at - byteOffset);
    at += 2;
  }
  // The last byte of an odd number is followed by a zero.
  if (at < end)
    sum += IS_LITTLE ? (bytes[at - byteOffset] as number) : (bytes[at - byteOffset] as number) << 8;
  return sum;
}

const wordAt = (bytes: Buffer, at: number): number =>
  IS_LITTLE ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);

function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = Math.floor(folded / 0x10000) + (folded % 0x10000);
  return folded;
}

const swapped = (word: number): number => ((word & 0xff) << 8) | (word >> 8);

/** The checksum of a sum in the machine's order, as a number to be written big-endian. */
function checksumOf(sum: number): number {
  const folded = ~fold(sum) & 0xffff;
  return IS_LITTLE ? swapped(folded) : folded;
}
