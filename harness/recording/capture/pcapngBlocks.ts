/**
 * The blocks of a pcapng file as they are written: little-endian, with times in nanoseconds and Ethernet frames of UDP.
 */
import { BLOCK, BLOCK_FRAME_BYTES, BYTE_ORDER_MAGIC, OPTION } from './pcapng.ts';
import { headerBytesOf, writeUdpPacket } from './udpPacket.ts';
import type { Endpoint } from './udpPacket.ts';

const ETHERNET = 1;
const NANOSECONDS = 9;
/** UTF-16 units of text in one comment: an option has at most 65,535 bytes. */
const COMMENT_CHARS = 16_000;
const PACKET_FIELDS_BYTES = 20;

/** The beginning of a file. @param comment of the whole file */
export function sectionBlock(comment: string): Buffer {
  const section = Buffer.alloc(16);
  section.writeUInt32LE(BYTE_ORDER_MAGIC, 0);
  // Version 1.0; the section's length is not told.
  section.writeUInt16LE(1, 4);
  section.fill(0xff, 8, 16);
  return blockOf(BLOCK.section, Buffer.concat([section, ...commentOptions(comment)]));
}

/** The description of an interface. @param options before the one of its clock, without the end */
export function interfaceBlock(...options: readonly Buffer[]): Buffer {
  const description = Buffer.alloc(8);
  description.writeUInt16LE(ETHERNET, 0);
  const resolution = optionOf(OPTION.ifTsresol, Buffer.from([NANOSECONDS]));
  return blockOf(BLOCK.interface, Buffer.concat([description, ...options, resolution, OPTIONS_END]));
}

/**
 * Writes a datagram as a packet block, up to its options, at a multiple of 4. Returns where they begin; `endPacket` ends it.
 * @param number of its interface, from 0
 */
export function beginPacket(
  block: Buffer,
  at: number,
  number: number,
  timeNs: number,
  from: Endpoint,
  to: Endpoint,
  source: Uint8Array,
  start: number,
  lengthBytes: number,
): number {
  const packetBytes = headerBytesOf(from) + lengthBytes;
  const packetAt = at + 8 + PACKET_FIELDS_BYTES;
  writeUdpPacket(block, packetAt, from, to, source, start, lengthBytes);
  let end = packetAt + packetBytes;
  while (end % 4 !== at % 4) block[end++] = 0;
  block.writeUInt32LE(BLOCK.packet, at);
  block.writeUInt32LE(number, at + 8);
  block.writeUInt32LE(Math.floor(timeNs / 2 ** 32), at + 12);
  block.writeUInt32LE(timeNs % 2 ** 32, at + 16);
  block.writeUInt32LE(packetBytes, at + 20);
  block.writeUInt32LE(packetBytes, at + 24);
  return end;
}

/** @param end where its options end. Returns where the block ends */
export function endPacket(block: Buffer, at: number, end: number): number {
  const blockBytes = end + 4 - at;
  block.writeUInt32LE(blockBytes, at + 4);
  block.writeUInt32LE(blockBytes, end);
  return end + 4;
}

/** Options with a comment, and the end of the options. A long one is several comments, to be read one after the other. */
export function commentOptions(text: string): Buffer[] {
  const options: Buffer[] = [];
  for (let from = 0; from < text.length;) {
    let to = Math.min(from + COMMENT_CHARS, text.length);
    // Both halves of a surrogate pair stay together.
    if (to < text.length && /[\uD800-\uDBFF]/.test(text[to - 1] as string)) to -= 1;
    options.push(optionOf(OPTION.comment, Buffer.from(text.slice(from, to))));
    from = to;
  }
  options.push(OPTIONS_END);
  return options;
}

export const OPTIONS_END = Buffer.alloc(4);

/** @param value at most 65,535 bytes */
export function optionOf(code: number, value: Buffer): Buffer {
  const option = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  option.writeUInt16LE(code, 0);
  option.writeUInt16LE(value.length, 2);
  value.copy(option, 4);
  return option;
}

function blockOf(type: number, body: Buffer): Buffer {
  const lengthBytes = body.length + BLOCK_FRAME_BYTES;
  const block = Buffer.alloc(lengthBytes);
  block.writeUInt32LE(type, 0);
  block.writeUInt32LE(lengthBytes, 4);
  body.copy(block, 8);
  block.writeUInt32LE(lengthBytes, lengthBytes - 4);
  return block;
}
