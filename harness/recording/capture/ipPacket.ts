/**
 * IPv4 and IPv6 headers of a captured packet (RFC 791, RFC 8200): addresses, protocol, fragment, and where the payload is.
 */

/** Why a packet is not looked at any further. */
export type PacketFault = 'not IP' | 'not UDP' | 'cut' | 'malformed';

const UDP = 17;
const IPV6_HEADER_BYTES = 40;
/** Hop-by-hop options, routing, destination options, mobility: length in units of 8 bytes, not counting the first. */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60, 135]);
const FRAGMENT = 44;
const AUTHENTICATION = 51;

/** The last header that was read. Positions are in the buffer it was read from. */
export class IpPacket {
  /** Position of the source address; the destination follows it. */
  addressesAt = 0;
  /** 4 or 16. */
  addressBytes = 0;
  /** What follows the IP headers. */
  payloadStart = 0;
  /** Its end by the length field; it may lie behind the captured bytes. */
  payloadEnd = 0;
  /** Whether it is one fragment of several. */
  isFragment = false;
  /** Of a fragment: what distinguishes its datagram between two addresses. */
  identification = 0;
  /** Of a fragment: place of its payload in the datagram, bytes. */
  fragmentOffset = 0;
  hasMoreFragments = false;

  /** Reads the headers from `start` on. Returns null, or why this is no UDP. */
  read(bytes: Buffer, start: number, end: number): PacketFault | null {
    if (start >= end) return 'cut';
    const version = (bytes[start] as number) >> 4;
    this.isFragment = false;
    this.fragmentOffset = 0;
    this.hasMoreFragments = false;
    if (version === 4) return this.#readIpv4(bytes, start, end);
    return version === 6 ? this.#readIpv6(bytes, start, end) : 'not IP';
  }

  #readIpv4(bytes: Buffer, start: number, end: number): PacketFault | null {
    if (start + 20 > end) return 'cut';
    const headerBytes = ((bytes[start] as number) & 0xf) * 4;
    if (headerBytes < 20) return 'malformed';
    if (bytes[start + 9] !== UDP) return 'not UDP';
    if (start + headerBytes > end) return 'cut';
    const totalBytes = bytes.readUInt16BE(start + 2);
    // Segmentation by the network card leaves the length at 0: then all that was captured is of this packet.
    if (totalBytes !== 0 && totalBytes < headerBytes) return 'malformed';
    const fragment = bytes.readUInt16BE(start + 6);
    this.addressBytes = 4;
    this.addressesAt = start + 12;
    this.payloadStart = start + headerBytes;
    this.payloadEnd = totalBytes === 0 ? end : start + totalBytes;
    this.hasMoreFragments = (fragment & 0x2000) !== 0;
    this.fragmentOffset = (fragment & 0x1fff) * 8;
    this.isFragment = this.hasMoreFragments || this.fragmentOffset > 0;
    this.identification = bytes.readUInt16BE(start + 4);
    return null;
  }

  #readIpv6(bytes: Buffer, start: number, end: number): PacketFault | null {
    if (start + IPV6_HEADER_BYTES > end) return 'cut';
    const lengthBytes = bytes.readUInt16BE(start + 4);
    this.addressBytes = 16;
    this.addressesAt = start + 8;
    this.payloadEnd = lengthBytes === 0 ? end : start + IPV6_HEADER_BYTES + lengthBytes;
    let next = bytes[start + 6] as number;
    let at = start + IPV6_HEADER_BYTES;
    while (next !== UDP) {
      const isFragment = next === FRAGMENT;
      if (!isFragment && next !== AUTHENTICATION && !EXTENSIONS.has(next)) return 'not UDP';
      if (at + 8 > end) return 'cut';
      if (isFragment) this.#readFragment(bytes, at);
      const header = next;
      next = bytes[at] as number;
      at += extensionBytes(header, bytes[at + 1] as number);
      // Behind the first fragment comes the middle of the datagram, no header.
      if (this.fragmentOffset > 0 && next !== UDP) return 'not UDP';
    }
    if (at > this.payloadEnd) return 'malformed';
    this.payloadStart = at;
    return null;
  }

  #readFragment(bytes: Buffer, at: number): void {
    const fragment = bytes.readUInt16BE(at + 2);
    this.fragmentOffset = fragment & 0xfff8;
    this.hasMoreFragments = (fragment & 1) === 1;
    // A lone fragment is a whole datagram (RFC 6946).
    this.isFragment = this.hasMoreFragments || this.fragmentOffset > 0;
    this.identification = bytes.readUInt32BE(at + 4);
  }
}

/** Length of an extension header. @param units its length field */
function extensionBytes(header: number, units: number): number {
  if (header === FRAGMENT) return 8;
  return header === AUTHENTICATION ? (units + 2) * 4 : (units + 1) * 8;
}
