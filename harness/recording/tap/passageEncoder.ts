/**
 * The capture of a proxied run as a pcapng file: an interface at the proxy's entry and one at its exit, and of each datagram
 * what happened to it, as comments, and the verdict where it was dropped.
 *
 * A verdict is what Linux's traffic control would say of a dropped packet: TC_ACT_SHOT.
 */
import type { FrameEncoder } from '../frameEncoder.ts';
import type { Direction } from '../frameBatch.ts';
import type { Endpoints } from '../capture/endpoints.ts';
import { OPTION } from '../capture/pcapng.ts';
import {
  OPTIONS_END,
  beginPacket,
  endPacket,
  interfaceBlock,
  optionOf,
  sectionBlock,
} from '../capture/pcapngBlocks.ts';
import { EXIT_DESCRIPTION } from '../capture/exitInterface.ts';

const ENTRY = 0;
const EXIT = 1;
/** Linux_eBPF_TC, and TC_ACT_SHOT in 8 bytes. */
const SHOT = optionOf(OPTION.verdict, Buffer.from([1, 2, 0, 0, 0, 0, 0, 0, 0]));

const interfaceOf = (name: string, description: string): Buffer =>
  interfaceBlock(
    optionOf(OPTION.ifName, Buffer.from(name)),
    optionOf(OPTION.ifDescription, Buffer.from(description)),
  );

/** What a datagram's packet says besides itself. */
export interface PacketFacts {
  readonly endpoints: Endpoints;
  readonly isExit: boolean;
  readonly isDropped: boolean;
  /** ASCII, at most a line each. */
  readonly comments: readonly string[];
}

export class PassageEncoder implements FrameEncoder {
  readonly #comment: string;
  /** Of the next datagram. */
  #facts: PacketFacts | null = null;

  /** @param comment what the whole capture is of */
  constructor(comment: string) {
    this.#comment = comment;
  }

  /** Says what the next datagram's packet has besides it. */
  tell(facts: PacketFacts): void {
    this.#facts = facts;
  }

  begin(): Buffer {
    return Buffer.concat([
      sectionBlock(this.#comment),
      interfaceOf('entry', 'what comes in at the matchstream proxy'),
      interfaceOf('exit', EXIT_DESCRIPTION),
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
    _flow: number,
    direction: Direction,
  ): number {
    if (this.#facts === null) throw new Error('a packet of which nothing was told');
    const { endpoints, isExit, isDropped, comments } = this.#facts;
    this.#facts = null;
    const { client, server } = endpoints;
    const [from, to] = direction === 'up' ? [client, server] : [server, client];
    const number = isExit ? EXIT : ENTRY;
    let end = beginPacket(block, at, number, timeNs, from, to, source, start, lengthBytes);
    for (const comment of comments) end = writeComment(block, end, comment);
    if (isDropped) end += SHOT.copy(block, end);
    if (comments.length > 0 || isDropped) end += OPTIONS_END.copy(block, end);
    return endPacket(block, at, end);
  }

  end(): string {
    return '';
  }
}

/** Returns where the option ends. @param at a multiple of 4 from the block's start */
function writeComment(block: Buffer, at: number, comment: string): number {
  const lengthBytes = block.write(comment, at + 4, 'latin1');
  block.writeUInt16LE(OPTION.comment, at);
  block.writeUInt16LE(lengthBytes, at + 2);
  const end = at + 4 + Math.ceil(lengthBytes / 4) * 4;
  block.fill(0, at + 4 + lengthBytes, end);
  return end;
}
