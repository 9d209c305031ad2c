/**
 * The packets of a pcap file (draft-ietf-opsawg-pcap): either byte order, microseconds or nanoseconds.
 */
import type { Lines } from '../lines.ts';
import { MAX_BLOCK_BYTES } from './packets.ts';
import type { Packets, Step } from './packets.ts';

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;

const isMagic = (magic: number): boolean => magic === MICROSECONDS || magic === NANOSECONDS;

/** Whether a file with these first four bytes is a pcap file. */
export const beginsLikePcap = (bytes: Buffer): boolean =>
  bytes.length >= 4 && (isMagic(bytes.readUInt32LE(0)) || isMagic(bytes.readUInt32BE(0)));

export class PcapPackets implements Packets {
  readonly format = 'pcap';
  readonly fileComment = null;
  readonly comment = null;
  linkType = -1;
  unread = 0;
  readonly exits = 0;
  seconds = 0;
  nanoseconds = 0;
  start = 0;
  end = 0;
  #isLittle = true;
  #unitNs = 1000;
  /** Bytes of an oversize packet that are still to be skipped. */
  #skipBytes = 0;

  next(lines: Lines): Step {
    if (this.linkType < 0 && !this.#readFileHeader(lines)) return 'more';
    for (;;) {
      this.#skipBytes -= lines.skip(this.#skipBytes);
      if (this.#skipBytes > 0 || lines.restBytes < RECORD_HEADER_BYTES) return 'more';
      const at = lines.wholeEnd;
      const capturedBytes = this.#uint32(lines, at + 8);
      if (capturedBytes > MAX_BLOCK_BYTES) {
        this.unread += 1;
        this.#skipBytes = RECORD_HEADER_BYTES + capturedBytes;
        continue;
      }
      if (lines.restBytes < RECORD_HEADER_BYTES + capturedBytes) return 'more';
      lines.skip(RECORD_HEADER_BYTES + capturedBytes);
      this.seconds = this.#uint32(lines, at);
      this.nanoseconds = this.#uint32(lines, at + 4) * this.#unitNs;
      this.start = at + RECORD_HEADER_BYTES;
      this.end = this.start + capturedBytes;
      return 'packet';
    }
  }

  #readFileHeader(lines: Lines): boolean {
    if (lines.restBytes < FILE_HEADER_BYTES) return false;
    const at = lines.wholeEnd;
    this.#isLittle = isMagic(lines.bytes.readUInt32LE(at));
    this.#unitNs = this.#uint32(lines, at) === NANOSECONDS ? 1 : 1000;
    // The upper half has other fields.
    this.linkType = this.#uint32(lines, at + 20) & 0xffff;
    lines.skip(FILE_HEADER_BYTES);
    return true;
  }

  #uint32(lines: Lines, at: number): number {
    return this.#isLittle ? lines.bytes.readUInt32LE(at) : lines.bytes.readUInt32BE(at);
  }
}
