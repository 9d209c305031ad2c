/**
 * A recording as a pcapng file: one section, one Ethernet interface with nanoseconds, a packet block a frame.
 *
 * Everything that packets cannot say stands in comments, so that nothing is lost on the way back: the header line in the
 * section's; of a frame, its unknown members, and its flow and direction where the addresses alone do not tell them.
 */
import { addressBytes } from '../../../src/base/ipAddress.ts';
import { readMembers } from '../../../src/base/jsonMembers.ts';
import { encodeHeader } from '../format.ts';
import type { RecordingHeader } from '../format.ts';
import type { FrameEncoder } from '../frameEncoder.ts';
import type { Direction } from '../frameBatch.ts';
import { BLOCK, BLOCK_FRAME_BYTES, BYTE_ORDER_MAGIC, OPTION } from './pcapng.ts';
import { headerBytesOf, writeUdpPacket } from './udpPacket.ts';
import type { Endpoint } from './udpPacket.ts';

const ETHERNET = 1;
const NANOSECONDS = 9;
/** UTF-16 units of text in one comment: an option has at most 65,535 bytes. */
const COMMENT_CHARS = 16_000;
const PACKET_FIELDS_BYTES = 20;

/** Where flows without addresses are: clients from this port on, all with one server. */
const LOOPBACK = [127, 0, 0, 1];
const FIRST_PORT = 10_000;
const PORTS = 50_000;
const SERVER_PORT = 9000;

/** A pair of addresses, and the flow it stands for at the moment. */
interface Pair {
  readonly client: Endpoint;
  readonly server: Endpoint;
  flow: number;
}

export class PcapngEncoder implements FrameEncoder {
  /** Flow → its addresses. */
  readonly #flows = new Map<number, Pair>();
  /** Text of both addresses → the pair, which several flows may share. */
  readonly #pairs = new Map<string, Pair>();

  begin(header: RecordingHeader): Buffer {
    const comment = encodeHeader(header).trimEnd();
    const section = Buffer.alloc(16);
    section.writeUInt32LE(BYTE_ORDER_MAGIC, 0);
    // Version 1.0; the section's length is not told.
    section.writeUInt16LE(1, 4);
    section.fill(0xff, 8, 16);
    const description = Buffer.alloc(8);
    description.writeUInt16LE(ETHERNET, 0);
    const resolution = Buffer.from([OPTION.ifTsresol, 0, 1, 0, NANOSECONDS, 0, 0, 0, 0, 0, 0, 0]);
    return Buffer.concat([
      blockOf(BLOCK.section, Buffer.concat([section, ...commentOptions(comment)])),
      blockOf(BLOCK.interface, Buffer.concat([description, resolution])),
    ]);
  }

  writeFrame(
    block: Buffer,
    at: number,
    _n: number,
    timeNs: number,
    source: Uint8Array,
    start: number,
    lengthBytes: number,
    flow: number,
    direction: Direction,
    extra: string,
  ): number {
    const pair = this.#flows.get(flow) ?? this.#meet(flow, extra);
    const needsFlow = pair.flow !== flow;
    pair.flow = flow;
    const [from, to] = direction === 'up' ? [pair.client, pair.server] : [pair.server, pair.client];
    const packetBytes = headerBytesOf(pair.client) + lengthBytes;
    const packetAt = at + 8 + PACKET_FIELDS_BYTES;
    writeUdpPacket(block, packetAt, from, to, source, start, lengthBytes);
    let end = packetAt + packetBytes;
    while (end % 4 !== at % 4) block[end++] = 0;
    if (needsFlow || extra !== '') {
      for (const option of commentOptions(commentOf(needsFlow ? flow : null, direction, extra)))
        end += option.copy(block, end);
    }
    const blockBytes = end + 4 - at;
    block.writeUInt32LE(BLOCK.packet, at);
    block.writeUInt32LE(blockBytes, at + 4);
    block.writeUInt32LE(0, at + 8);
    block.writeUInt32LE(Math.floor(timeNs / 2 ** 32), at + 12);
    block.writeUInt32LE(timeNs % 2 ** 32, at + 16);
    block.writeUInt32LE(packetBytes, at + 20);
    block.writeUInt32LE(packetBytes, at + 24);
    block.writeUInt32LE(blockBytes, end);
    return end + 4;
  }

  end(): string {
    return '';
  }

  /** The addresses of a flow, from its first frame. */
  #meet(flow: number, extra: string): Pair {
    const members = extra === '' ? undefined : readMembers(`{${extra}}`);
    const client = endpointIn(members, 'client');
    const server = endpointIn(members, 'server');
    const isGiven = client !== null && server !== null && client.address.length === server.address.length;
    const pair: Pair = {
      client: isGiven ? client : { address: LOOPBACK, port: FIRST_PORT + (flow % PORTS) },
      server: isGiven ? server : { address: LOOPBACK, port: SERVER_PORT },
      flow: 0,
    };
    const key = JSON.stringify([pair.client, pair.server]);
    const shared = this.#pairs.get(key) ?? pair;
    this.#pairs.set(key, shared);
    this.#flows.set(flow, shared);
    return shared;
  }
}

function endpointIn(members: ReturnType<typeof readMembers>, key: string): Endpoint | null {
  const json = members?.find((member) => member.key === key)?.json;
  const text: unknown = json === undefined ? null : JSON.parse(json);
  const match = typeof text === 'string' ? /^\[?([^\]]*?)\]?:(\d{1,5})$/.exec(text) : null;
  const address = match === null ? null : addressBytes(match[1] as string);
  const port = Number(match?.[2]);
  return address === null || port > 65_535 ? null : { address, port };
}

/** The comment of a frame, as JSON. @param flow null: the addresses tell it */
function commentOf(flow: number | null, direction: Direction, extra: string): string {
  const named = flow === null ? '' : `"f":${flow}${direction === 'up' ? ',"r":"up"' : ''}`;
  return `{${named}${named !== '' && extra !== '' ? ',' : ''}${extra}}`;
}

/** Options with a comment, and the end of the options. A long one is several comments, to be read one after the other. */
function commentOptions(text: string): Buffer[] {
  const options: Buffer[] = [];
  for (let from = 0; from < text.length;) {
    let to = Math.min(from + COMMENT_CHARS, text.length);
    // Both halves of a surrogate pair stay together.
    if (to < text.length && /[\uD800-\uDBFF]/.test(text[to - 1] as string)) to -= 1;
    const bytes = Buffer.from(text.slice(from, to));
    const option = Buffer.alloc(4 + Math.ceil(bytes.length / 4) * 4);
    option.writeUInt16LE(OPTION.comment, 0);
    option.writeUInt16LE(bytes.length, 2);
    bytes.copy(option, 4);
    options.push(option);
    from = to;
  }
  options.push(Buffer.alloc(4));
  return options;
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
