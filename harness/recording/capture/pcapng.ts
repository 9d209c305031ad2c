/**
 * The packets of a pcapng file (draft-ietf-opsawg-pcapng): sections of either byte order, interfaces of any time unit.
 *
 * Blocks other than sections, interfaces and packets are skipped.
 */
import type { Lines } from '../lines.ts';
import { EXIT_DESCRIPTION } from './exitInterface.ts';
import { MAX_BLOCK_BYTES } from './packets.ts';
import type { Packets, Step } from './packets.ts';
import { splitTime } from './splitTime.ts';

export const BLOCK = { section: 0x0a0d0d0a, interface: 1, oldPacket: 2, simplePacket: 3, packet: 6 } as const;
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
export const OPTION = {
  end: 0,
  comment: 1,
  ifName: 2,
  ifDescription: 3,
  verdict: 7,
  ifTsresol: 9,
  ifTsoffset: 14,
} as const;
/** Type, length, and the length again at the end. */
export const BLOCK_FRAME_BYTES = 12;
const MAX_INTERFACES = 65_536;

/** Whether a file with these first bytes is a pcapng file. */
export const beginsLikePcapng = (bytes: Buffer): boolean =>
  bytes.length >= 4 && bytes.readUInt32LE(0) === BLOCK.section;

interface Interface {
  readonly linkType: number;
  /** Ticks of its clock per second. */
  readonly ticksPerSecond: number;
  /** To add to its times. */
  readonly offsetSeconds: number;
  /** Whether it is at the exit of a captured run. */
  readonly isExit: boolean;
}

export class PcapngPackets implements Packets {
  readonly format = 'pcapng';
  fileComment: string | null = null;
  linkType = -1;
  unread = 0;
  exits = 0;
  seconds = 0;
  nanoseconds = 0;
  start = 0;
  end = 0;
  comment: string | null = null;
  #isLittle = true;
  #sections = 0;
  readonly #interfaces: Interface[] = [];
  /** Bytes of a block that are still to be skipped. */
  #skipBytes = 0;

  next(lines: Lines): Step {
    for (;;) {
      this.#skipBytes -= lines.skip(this.#skipBytes);
      if (this.#skipBytes > 0 || lines.restBytes < BLOCK_FRAME_BYTES) return 'more';
      const at = lines.wholeEnd;
      // The type of a section reads the same in both byte orders, and its magic number tells which it is.
      if (lines.view.getUint32(at, true) === BLOCK.section) {
        const order = this.#readOrder(lines.bytes, at + 8);
        if (order !== null) return order;
      }
      const { view } = lines;
      const type = view.getUint32(at, this.#isLittle);
      const lengthBytes = view.getUint32(at + 4, this.#isLittle);
      if (lengthBytes < BLOCK_FRAME_BYTES || lengthBytes % 4 !== 0)
        return {
          damage: `expected a block of ${BLOCK_FRAME_BYTES} bytes or more, a multiple of 4, got ${lengthBytes}`,
        };
      if (lengthBytes > MAX_BLOCK_BYTES) {
        if (isPacketBlock(type)) this.unread += 1;
        this.#skipBytes = lengthBytes;
        continue;
      }
      if (lines.restBytes < lengthBytes) return 'more';
      lines.skip(lengthBytes);
      const end = at + lengthBytes - 4;
      if (view.getUint32(end, this.#isLittle) !== lengthBytes)
        return {
          damage: `expected a block's length of ${lengthBytes} again at its end, got ${view.getUint32(end, this.#isLittle)}`,
        };
      const step = this.#readBlock(type, lines, at + 8, end);
      if (step !== null) return step;
    }
  }

  #readOrder(bytes: Buffer, at: number): Step | null {
    if (bytes.readUInt32LE(at) === BYTE_ORDER_MAGIC) this.#isLittle = true;
    else if (bytes.readUInt32BE(at) === BYTE_ORDER_MAGIC) this.#isLittle = false;
    else return { damage: 'expected the byte-order magic of a section, got other bytes' };
    return null;
  }

  /** Null for a block without a packet. */
  #readBlock(type: number, lines: Lines, start: number, end: number): Step | null {
    if (type === BLOCK.section) return this.#readSection(lines.bytes, start, end);
    if (type === BLOCK.interface) return this.#readInterface(lines.bytes, start, end);
    if (!isPacketBlock(type)) return null;
    if (type === BLOCK.simplePacket) {
      // It has no time.
      this.unread += 1;
      return null;
    }
    return this.#readPacket(type, lines, start, end);
  }

  #readSection(bytes: Buffer, start: number, end: number): Step | null {
    if (end - start < 16) return { damage: 'expected a whole section header, got less' };
    this.#interfaces.length = 0;
    this.#sections += 1;
    if (this.#sections === 1) this.fileComment = this.#commentIn(bytes, start + 16, end);
    return null;
  }

  #readInterface(bytes: Buffer, start: number, end: number): Step | null {
    if (end - start < 8) return { damage: 'expected a whole interface description, got less' };
    if (this.#interfaces.length >= MAX_INTERFACES)
      return { damage: `expected at most ${MAX_INTERFACES} interfaces in a section, got more` };
    let ticksPerSecond = 1e6;
    let offsetSeconds = 0;
    let isExit = false;
    this.#forEachOption(bytes, start + 8, end, (code, at, lengthBytes) => {
      if (code === OPTION.ifTsresol && lengthBytes === 1) {
        const resolution = bytes[at] as number;
        ticksPerSecond = resolution < 128 ? 10 ** resolution : 2 ** (resolution - 128);
      }
      if (code === OPTION.ifTsoffset && lengthBytes === 8)
        offsetSeconds = Number(this.#isLittle ? bytes.readBigInt64LE(at) : bytes.readBigInt64BE(at));
      if (code === OPTION.ifDescription)
        isExit = bytes.toString('utf8', at, at + lengthBytes) === EXIT_DESCRIPTION;
    });
    const linkType = this.#uint16(bytes, start);
    this.#interfaces.push({ linkType, ticksPerSecond, offsetSeconds, isExit });
    return null;
  }

  /** Null for one that is passed over. */
  #readPacket(type: number, { bytes, view }: Lines, start: number, end: number): Step | null {
    if (end - start < 20) return { damage: 'expected a whole packet block, got less' };
    const isLittle = this.#isLittle;
    const number = type === BLOCK.packet ? view.getUint32(start, isLittle) : view.getUint16(start, isLittle);
    const source = this.#interfaces[number];
    if (source === undefined)
      return {
        damage: `expected a packet of one of ${this.#interfaces.length} interfaces, got interface ${number}`,
      };
    if (source.isExit) {
      this.exits += 1;
      return null;
    }
    const capturedBytes = view.getUint32(start + 12, isLittle);
    if (start + 20 + capturedBytes > end)
      return {
        damage: `expected a packet of at most ${end - start - 20} bytes in its block, got ${capturedBytes}`,
      };
    const [seconds, nanoseconds] = splitTime(
      view.getUint32(start + 4, isLittle),
      view.getUint32(start + 8, isLittle),
      source.ticksPerSecond,
    );
    this.linkType = source.linkType;
    this.seconds = seconds + source.offsetSeconds;
    this.nanoseconds = nanoseconds;
    this.start = start + 20;
    this.end = this.start + capturedBytes;
    const optionsAt = this.start + Math.ceil(capturedBytes / 4) * 4;
    this.comment = optionsAt + 4 <= end ? this.#commentIn(bytes, optionsAt, end) : null;
    return 'packet';
  }

  #commentIn(bytes: Buffer, start: number, end: number): string | null {
    let comment: string | null = null;
    this.#forEachOption(bytes, start, end, (code, at, lengthBytes) => {
      if (code === OPTION.comment) comment = (comment ?? '') + bytes.toString('utf8', at, at + lengthBytes);
    });
    return comment;
  }

  /** Options that do not fit in their block end the list. */
  #forEachOption(
    bytes: Buffer,
    start: number,
    end: number,
    visit: (code: number, at: number, lengthBytes: number) => void,
  ): void {
    for (let at = start; at + 4 <= end;) {
      const code = this.#uint16(bytes, at);
      const lengthBytes = this.#uint16(bytes, at + 2);
      if (code === OPTION.end || at + 4 + lengthBytes > end) return;
      visit(code, at + 4, lengthBytes);
      at += 4 + Math.ceil(lengthBytes / 4) * 4;
    }
  }

  #uint16(bytes: Buffer, at: number): number {
    return this.#isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  }
}

const isPacketBlock = (type: number): boolean =>
  type === BLOCK.packet || type === BLOCK.oldPacket || type === BLOCK.simplePacket;
