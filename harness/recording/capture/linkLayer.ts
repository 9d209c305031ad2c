/**
 * Link layers of captures: where the IP packet starts in a captured frame.
 *
 * Numbers and layouts as in the list of link-layer header types of tcpdump.org.
 */

/** `ipStart` returns it for a frame that carries something other than IP. */
export const NOT_IP = -1;
/** `ipStart` returns it for a frame that ends inside its link-layer header. */
const FRAME_CUT = -2;
/** `ipStart` returns it for a copy that Linux shows of a loopback packet on its way out: it is captured coming in, too. */
export const SEEN_TWICE = -3;

const ETHERTYPE = { ipv4: 0x0800, ipv6: 0x86dd, pppoe: 0x8864 } as const;
/** VLAN tags: 802.1Q, 802.1ad, and the older number for stacked tags. */
const VLAN_TAGS: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100]);
const PPP = { ipv4: 0x0021, ipv6: 0x0057 } as const;
/** Values of AF_INET6 on the BSDs, macOS and Linux; AF_INET is 2 everywhere. */
const AF_INET6: ReadonlySet<number> = new Set([10, 24, 28, 30]);
const ARPHRD_LOOPBACK = 772;
const PACKET_OUTGOING = 4;

type Locate = (bytes: Buffer, start: number, end: number) => number;

const LINK_TYPES: ReadonlyMap<number, { readonly name: string; readonly locate: Locate }> = new Map(
  Object.entries({
    0: { name: 'null/loopback', locate: inNull },
    1: { name: 'Ethernet', locate: (bytes, start, end) => byEthertype(bytes, start + 12, end) },
    9: { name: 'PPP', locate: inPpp },
    12: { name: 'raw IP', locate: inRaw },
    14: { name: 'raw IP', locate: inRaw },
    50: { name: 'PPP', locate: inPpp },
    51: { name: 'PPPoE', locate: (bytes, start, end) => inPpp(bytes, start + 6, end) },
    101: { name: 'raw IP', locate: inRaw },
    108: { name: 'OpenBSD loopback', locate: inNull },
    113: { name: 'Linux cooked v1', locate: inCooked1 },
    228: { name: 'raw IPv4', locate: inRaw },
    229: { name: 'raw IPv6', locate: inRaw },
    276: { name: 'Linux cooked v2', locate: inCooked2 },
  } satisfies Record<number, { name: string; locate: Locate }>).map(([type, entry]) => [Number(type), entry]),
);

export const isKnownLinkType = (linkType: number): boolean => LINK_TYPES.has(linkType);

/** The names of the link types that can be read, for messages. */
export const knownLinkTypes = (): readonly string[] => [
  ...new Set([...LINK_TYPES.values()].map(({ name }) => name)),
];

/** Where the IP packet starts, or one of the negative constants. The link type must be known. */
export const ipStart = (linkType: number, bytes: Buffer, start: number, end: number): number =>
  LINK_TYPES.get(linkType)?.locate(bytes, start, end) ?? NOT_IP;

/** @param at position of the type field; VLAN tags may stand there */
function byEthertype(bytes: Buffer, at: number, end: number): number {
  for (let typeAt = at; ; typeAt += 4) {
    if (typeAt + 2 > end) return FRAME_CUT;
    const type = bytes.readUInt16BE(typeAt);
    if (VLAN_TAGS.has(type)) continue;
    if (type === ETHERTYPE.ipv4 || type === ETHERTYPE.ipv6) return typeAt + 2;
    return type === ETHERTYPE.pppoe ? inPpp(bytes, typeAt + 8, end) : NOT_IP;
  }
}

function inPpp(bytes: Buffer, start: number, end: number): number {
  // Address and control (FF 03) are optional; ns-3 leaves them out. So is the first byte of a compressed protocol.
  const at = start + 2 <= end && bytes[start] === 0xff && bytes[start + 1] === 0x03 ? start + 2 : start;
  if (at >= end) return FRAME_CUT;
  const isShort = ((bytes[at] as number) & 1) === 1;
  if (!isShort && at + 2 > end) return FRAME_CUT;
  const protocol = isShort ? (bytes[at] as number) : bytes.readUInt16BE(at);
  if (protocol !== PPP.ipv4 && protocol !== PPP.ipv6) return NOT_IP;
  return at + (isShort ? 1 : 2);
}

/** A family in the byte order of the machine that captured, which the file does not tell. */
function inNull(bytes: Buffer, start: number, end: number): number {
  if (start + 4 > end) return FRAME_CUT;
  const [big, little] = [bytes.readUInt32BE(start), bytes.readUInt32LE(start)];
  const family = Math.min(big, little);
  return family === 2 || AF_INET6.has(family) ? start + 4 : NOT_IP;
}

function inRaw(_bytes: Buffer, start: number, end: number): number {
  return start < end ? start : FRAME_CUT;
}

function inCooked1(bytes: Buffer, start: number, end: number): number {
  if (start + 16 > end) return FRAME_CUT;
  if (isLoopbackOut(bytes.readUInt16BE(start), bytes.readUInt16BE(start + 2))) return SEEN_TWICE;
  return byEthertype(bytes, start + 14, end);
}

function inCooked2(bytes: Buffer, start: number, end: number): number {
  if (start + 20 > end) return FRAME_CUT;
  if (isLoopbackOut(bytes[start + 10] as number, bytes.readUInt16BE(start + 8))) return SEEN_TWICE;
  const type = bytes.readUInt16BE(start);
  if (VLAN_TAGS.has(type)) return byEthertype(bytes, start + 22, end);
  return type === ETHERTYPE.ipv4 || type === ETHERTYPE.ipv6 ? start + 20 : NOT_IP;
}

const isLoopbackOut = (packetType: number, hardwareType: number): boolean =>
  packetType === PACKET_OUTGOING && hardwareType === ARPHRD_LOOPBACK;
