/**
 * The UDP datagram in a captured packet, and a counter for every packet without one.
 */
import { Fragments } from './fragments.ts';
import { IpPacket } from './ipPacket.ts';
import type { PacketFault } from './ipPacket.ts';
import { NOT_IP, SEEN_TWICE, ipStart, isKnownLinkType, knownLinkTypes } from './linkLayer.ts';
import type { Packets } from './packets.ts';

const UDP_HEADER_BYTES = 8;

type Skip = PacketFault | 'seen twice';

export class UdpFinder {
  /** The datagram found last: its memory, and where its payload stands in it. */
  bytes: Buffer = Buffer.alloc(0);
  payloadStart = 0;
  payloadBytes = 0;
  /** The same for its addresses: source, then destination. */
  addressed: Buffer = Buffer.alloc(0);
  addressesAt = 0;
  addressBytes = 0;
  sourcePort = 0;
  destinationPort = 0;
  readonly #packet = new IpPacket();
  readonly #fragments = new Fragments();
  readonly #counts: Record<Skip, number> = {
    'not IP': 0,
    'not UDP': 0,
    cut: 0,
    malformed: 0,
    'seen twice': 0,
  };
  /** Unknown link type → packets. */
  readonly #linkTypes = new Map<number, number>();

  /** Whether the packet, whose bytes are given, completes a datagram: then the fields describe it. */
  find(packet: Pick<Packets, 'linkType' | 'start' | 'end'>, bytes: Buffer): boolean {
    const { linkType, start, end } = packet;
    if (!isKnownLinkType(linkType)) {
      this.#linkTypes.set(linkType, (this.#linkTypes.get(linkType) ?? 0) + 1);
      return false;
    }
    const ipAt = ipStart(linkType, bytes, start, end);
    if (ipAt < 0) return this.#skip(ipAt === NOT_IP ? 'not IP' : ipAt === SEEN_TWICE ? 'seen twice' : 'cut');
    const ip = this.#packet;
    const fault = ip.read(bytes, ipAt, end);
    if (fault !== null) return this.#skip(fault);
    this.addressed = bytes;
    this.addressesAt = ip.addressesAt;
    this.addressBytes = ip.addressBytes;
    if (!ip.isFragment)
      return this.#readUdp(bytes, ip.payloadStart, Math.min(ip.payloadEnd, end), ip.payloadEnd > end);
    const whole = this.#fragments.add(ip, bytes, end);
    return whole !== null && this.#readUdp(whole, 0, whole.length, false);
  }

  /** What was left out, a line each. */
  leftOut(): string[] {
    const counts = this.#counts;
    const lines = [...this.#linkTypes].map(
      ([linkType, packets]) =>
        `${packets} of link type ${linkType}, which is not read: known are ${knownLinkTypes().join(', ')}`,
    );
    const say = (count: number, what: string): void => {
      if (count > 0) lines.push(`${count} ${what}`);
    };
    say(counts['not IP'], 'that are not IP');
    say(counts['not UDP'], 'of other protocols than UDP');
    say(counts.cut, 'that were cut when they were captured: capture whole packets (tcpdump -s 0)');
    say(counts.malformed, 'with lengths that do not fit');
    say(counts['seen twice'], 'of loopback on their way out, which were captured coming in as well');
    say(
      this.#fragments.incomplete + this.#fragments.waiting,
      'fragmented datagrams, of which a fragment is missing',
    );
    return lines;
  }

  #readUdp(bytes: Buffer, start: number, end: number, isCut: boolean): boolean {
    if (start + UDP_HEADER_BYTES > end) return this.#skip(isCut ? 'cut' : 'malformed');
    const lengthBytes = bytes.readUInt16BE(start + 4);
    // 0 where the network card cuts the segments: the rest of the packet.
    const udpEnd = lengthBytes === 0 ? end : start + lengthBytes;
    if (udpEnd < start + UDP_HEADER_BYTES) return this.#skip('malformed');
    if (udpEnd > end || (lengthBytes === 0 && isCut)) return this.#skip(isCut ? 'cut' : 'malformed');
    this.bytes = bytes;
    this.sourcePort = bytes.readUInt16BE(start);
    this.destinationPort = bytes.readUInt16BE(start + 2);
    this.payloadStart = start + UDP_HEADER_BYTES;
    this.payloadBytes = udpEnd - this.payloadStart;
    return true;
  }

  #skip(why: Skip): false {
    this.#counts[why] += 1;
    return false;
  }
}
