/**
 * Keeps in memory what comes in at a proxy, all flows, both directions, and writes it as a recording when it is asked to: for
 * short conversations, such as a test's. It uses no thread, and what is beyond its memory it counts.
 */
import { formatHostPort } from '../../../src/base/quantities.ts';
import type { DatagramBatch, Peer } from '../../../src/net/batch.ts';
import { CONVERSATION_HEADER, addressMembers } from '../conversationFormat.ts';
import { FLOW_LIMIT } from '../format.ts';
import type { Tap, TappedFlow } from './tap.ts';
import { TapChunk } from './tapChunk.ts';
import type { Met } from './tapMessages.ts';
import { RecordedRows } from './tapRows.ts';
import { ARRIVALS_SORT_NS, TapWriter } from './tapWriter.ts';
import type { Written } from './tapWriter.ts';

/** Memory for payloads at which no more is taken, by default, bytes; and the least limit. */
const MAX_BYTES = 64 * 2 ** 20;
export const LEAST_KEPT_BYTES = 2 ** 16;

export class KeptTap implements Tap {
  readonly #protocol: string;
  readonly #maxBytes: number;
  readonly #chunks: TapChunk[] = [];
  /** Room for payloads of all chunks. */
  #heldBytes = 0;
  /** Flow → the client that has it, and its place among all clients. */
  readonly #clientOf = new Map<number, { readonly client: Peer; readonly place: number }>();
  readonly #met: Met[] = [];
  #requests = 0;
  #answers = 0;
  #leftOut = 0;

  /**
   * @param protocol as after `--protocol`, for readers
   * @param maxBytes memory for payloads at which no more is taken; what comes then is counted
   */
  constructor(protocol: string, maxBytes: number = MAX_BYTES) {
    this.#protocol = protocol;
    this.#maxBytes = maxBytes;
  }

  /** Datagrams of clients that it has. */
  get requests(): number {
    return this.#requests;
  }

  /** Datagrams of the server that it has. */
  get answers(): number {
    return this.#answers;
  }

  /** Datagrams that came when the memory was full, or of flows with a number above the format's limit. */
  get leftOut(): number {
    return this.#leftOut;
  }

  note(
    { number, client }: TappedFlow,
    server: Peer,
    isUpward: boolean,
    batch: DatagramBatch,
    row: number,
  ): void {
    if (number > FLOW_LIMIT) {
      this.#leftOut += 1;
      return;
    }
    const known = this.#clientOf.get(number);
    const place = known?.client === client ? known.place : this.#meet(number, client, server);
    if (!this.#put(batch, row, place, isUpward)) this.#leftOut += 1;
    else if (isUpward) this.#requests += 1;
    else this.#answers += 1;
  }

  /**
   * Writes what has come so far: the file appears whole, or not at all. What it has is kept, so this may be done again.
   * @param path a regular file there is replaced
   * @param extra further members of the header, as JSON text without braces
   * @throws EnvironmentError if it cannot be written
   */
  async write(path: string, extra = ''): Promise<Written> {
    const header = {
      ...CONVERSATION_HEADER,
      extra: [CONVERSATION_HEADER.extra, extra].filter(Boolean).join(','),
    };
    const writer = new TapWriter(new RecordedRows(path, header, false), ARRIVALS_SORT_NS, () => undefined);
    try {
      for (const met of this.#met) writer.meet({ ...met });
      // As if all had come at once: none is written before all are put in order.
      for (const chunk of this.#chunks) await writer.add(chunk, 0);
      await writer.finish();
    } catch (cause) {
      await writer.discard();
      throw cause;
    }
    return writer.written(true);
  }

  #put(batch: DatagramBatch, row: number, place: number, isUpward: boolean): boolean {
    if (this.#chunks.at(-1)?.put(batch, row, place, isUpward) === true) return true;
    if (this.#heldBytes >= this.#maxBytes) return false;
    // Most conversations of a test are short, and it may have a thousand proxies.
    const chunk = this.#chunks.length === 0 ? TapChunk.small() : new TapChunk();
    this.#heldBytes += chunk.bytes.length;
    this.#chunks.push(chunk);
    return chunk.put(batch, row, place, isUpward);
  }

  #meet(flow: number, client: Peer, server: Peer): number {
    const place = this.#met.length;
    const clientText = formatHostPort(client.address, client.port);
    const serverText = formatHostPort(server.address, server.port);
    this.#met.push({ flow, members: addressMembers(clientText, serverText, this.#protocol) });
    this.#clientOf.set(flow, { client, place });
    return place;
  }
}
