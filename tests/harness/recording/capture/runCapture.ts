/** Reads the capture of a run block by block, from the format's specification: nothing of the project's reads it here. */
import { readFileSync } from 'node:fs';

export interface CapturedPacket {
  /** Name of its interface. */
  readonly at: string;
  readonly timeNs: number;
  /** `ADDRESS:PORT`, IPv4. */
  readonly from: string;
  readonly to: string;
  readonly payload: Buffer;
  readonly comments: readonly string[];
  /** Its verdict's bytes in hexadecimal digits; empty without one. */
  readonly verdict: string;
}

/** Options by code, in order; a code may come again. */
function optionsIn(bytes: Buffer): [number, Buffer][] {
  const found: [number, Buffer][] = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const code = bytes.readUInt16LE(at);
    const lengthBytes = bytes.readUInt16LE(at + 2);
    if (code === 0) break;
    found.push([code, bytes.subarray(at + 4, at + 4 + lengthBytes)]);
    at += 4 + Math.ceil(lengthBytes / 4) * 4;
  }
  return found;
}

const textsOf = (options: [number, Buffer][], wanted: number): string[] =>
  options.flatMap(([code, value]) => (code === wanted ? [value.toString()] : []));

/** The packets of a little-endian file, as far as its blocks are whole, and the comment of its section. */
export function readRunCapture(path: string): {
  readonly comment: string;
  readonly packets: readonly CapturedPacket[];
} {
  const bytes = readFileSync(path);
  const names: string[] = [];
  const packets: CapturedPacket[] = [];
  let comment = '';
  for (let at = 0; at + 8 <= bytes.length;) {
    const type = bytes.readUInt32LE(at);
    const lengthBytes = bytes.readUInt32LE(at + 4);
    if (at + lengthBytes > bytes.length) break;
    if (bytes.readUInt32LE(at + lengthBytes - 4) !== lengthBytes) throw new Error(`block at ${at}`);
    const body = bytes.subarray(at + 8, at + lengthBytes - 4);
    if (type === 0x0a0d0d0a) comment = textsOf(optionsIn(body.subarray(16)), 1).join('');
    if (type === 1) names.push(textsOf(optionsIn(body.subarray(8)), 2).join(''));
    if (type === 6) packets.push(packetIn(body, names));
    at += lengthBytes;
  }
  return { comment, packets };
}

function packetIn(body: Buffer, names: readonly string[]): CapturedPacket {
  const capturedBytes = body.readUInt32LE(12);
  const frame = body.subarray(20, 20 + capturedBytes);
  const options = optionsIn(body.subarray(20 + Math.ceil(capturedBytes / 4) * 4));
  // Ethernet, IPv4 without options, UDP.
  const address = (start: number): string => frame.subarray(start, start + 4).join('.');
  const [verdict] = options.flatMap(([code, value]) => (code === 7 ? [value.toString('hex')] : []));
  return {
    at: names[body.readUInt32LE(0)] as string,
    timeNs: body.readUInt32LE(4) * 2 ** 32 + body.readUInt32LE(8),
    from: `${address(26)}:${frame.readUInt16BE(34)}`,
    to: `${address(30)}:${frame.readUInt16BE(36)}`,
    payload: Buffer.from(frame.subarray(42, 34 + frame.readUInt16BE(38))),
    comments: textsOf(options, 1),
    verdict: verdict ?? '',
  };
}
