/**
 * A recording as a pcapng file: one section, one Ethernet interface with nanoseconds, a packet block a frame.
 *
 * Everything that packets cannot say stands in comments, so that nothing is lost on the way back: the header line in the
 * section's; of a frame, its unknown members, and its flow and direction where the addresses alone do not tell them.
 */
import { readFlowAddresses } from '../conversationFormat.ts';
import { encodeHeader } from '../format.ts';
import type { RecordingHeader } from '../format.ts';
import type { FrameEncoder } from '../frameEncoder.ts';
import type { Direction } from '../frameBatch.ts';
import { endpointsFor } from './endpoints.ts';
import type { Endpoints } from './endpoints.ts';
import { beginPacket, commentOptions, endPacket, interfaceBlock, sectionBlock } from './pcapngBlocks.ts';

/** Where flows without addresses are: clients from this port on, all with one server. */
const LOOPBACK = [127, 0, 0, 1];
const FIRST_PORT = 10_000;
const PORTS = 50_000;
const SERVER_PORT = 9000;

/** A pair of addresses, and the flow it stands for at the moment. */
interface Pair extends Endpoints {
  flow: number;
}

export class PcapngEncoder implements FrameEncoder {
  /** Flow → its addresses. */
  readonly #flows = new Map<number, Pair>();
  /** Text of both addresses → the pair, which several flows may share. */
  readonly #pairs = new Map<string, Pair>();

  begin(header: RecordingHeader): Buffer {
    return Buffer.concat([sectionBlock(encodeHeader(header).trimEnd()), interfaceBlock()]);
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
    let end = beginPacket(block, at, 0, timeNs, from, to, source, start, lengthBytes);
    if (needsFlow || extra !== '') {
      for (const option of commentOptions(commentOf(needsFlow ? flow : null, direction, extra)))
        end += option.copy(block, end);
    }
    return endPacket(block, at, end);
  }

  end(): string {
    return '';
  }

  /** The addresses of a flow, from its first frame. */
  #meet(flow: number, extra: string): Pair {
    const { client, server } = readFlowAddresses(extra);
    const endpoints = endpointsFor(client, server) ?? {
      client: { address: LOOPBACK, port: FIRST_PORT + (flow % PORTS) },
      server: { address: LOOPBACK, port: SERVER_PORT },
    };
    const pair: Pair = { ...endpoints, flow: 0 };
    const key = JSON.stringify([pair.client, pair.server]);
    const shared = this.#pairs.get(key) ?? pair;
    this.#pairs.set(key, shared);
    this.#flows.set(flow, shared);
    return shared;
  }
}

/** The comment of a frame, as JSON. @param flow null: the addresses tell it */
function commentOf(flow: number | null, direction: Direction, extra: string): string {
  const named = flow === null ? '' : `"f":${flow}${direction === 'up' ? ',"r":"up"' : ''}`;
  return `{${named}${named !== '' && extra !== '' ? ',' : ''}${extra}}`;
}
