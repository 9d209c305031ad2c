/**
 * Plays the server of a conversation to live clients: a request that equals a recorded one is answered as recorded, in the
 * recorded order and after the recorded times.
 *
 * A request is looked for in the flows of its sender; in its requests that were answered before; then in the flows that
 * nobody has, the first of which becomes its sender's. Calling order as in src/net/endpoint.ts; it uses port 0 only.
 */
import type { Reading } from '../../../src/base/progress.ts';
import { sum } from '../../../src/base/figures.ts';
import { DatagramBatch, MAX_DATAGRAM_BYTES } from '../../../src/net/batch.ts';
import type { Peer } from '../../../src/net/batch.ts';
import type { DatagramSink, Endpoint } from '../../../src/net/endpoint.ts';
import { sendOffsetNs } from '../../../src/net/source.ts';
import { ReleaseQueue } from '../../impairment/releaseQueue.ts';
import type { ByteRanges } from './byteRanges.ts';
import { Comparison } from './comparison.ts';
import type { CertainOfFlow } from './comparison.ts';
import { findExchanges } from './conversation.ts';
import type { Conversation, Exchanges } from './conversation.ts';
import { PayloadIndex } from './payloadIndex.ts';

export interface ServerSideOptions {
  readonly conversation: Conversation;
  /** 1 as recorded, 2 twice as fast, 0 at once. */
  readonly speed: number;
  /** Bytes of requests that are not compared. */
  readonly ignored: ByteRanges;
  /** Bytes that an answer copies from its request. */
  readonly echoed: ByteRanges;
  /** It ends once all is played and nothing has come for so long, nanoseconds. */
  readonly quietNs: number;
}

const BATCH_DATAGRAMS = 32;
/** Maximum number of answers that wait for their time; those beyond it are not sent, and counted. */
const MAX_WAITING = 1 << 20;

export class ServerSide implements Endpoint {
  readonly requests: Comparison;
  /** Position of a flow → answers sent. */
  readonly sent: Float64Array;
  /** Position of a flow → answers that the transport did not take. */
  readonly unsent: Float64Array;
  arrivals = 0;
  readonly #options: ServerSideOptions;
  readonly #exchanges: Exchanges;
  /** The requests of all flows: the first equal one of a flow that nobody has. */
  readonly #unclaimed: PayloadIndex;
  /** Position of a flow → its sender. */
  readonly #owners: (Peer | undefined)[];
  /** Sender → positions of its flows, the latest first. */
  readonly #flowsOf = new Map<Peer, number[]>();
  /** Answers that wait for their time, by row. */
  readonly #waiting: ReleaseQueue;
  /** Row of a request × echoed bytes → what its answers copy. */
  readonly #echoes: Uint8Array;
  readonly #batch = new DatagramBatch(BATCH_DATAGRAMS, BATCH_DATAGRAMS * 2048 + MAX_DATAGRAM_BYTES);
  /** Row of the batch → position of its flow. */
  readonly #flows = new Uint16Array(BATCH_DATAGRAMS);
  #nowNs = 0;
  /** When something came or was sent last. */
  #lastNs = 0;
  #left: number;
  readonly #requestCount: number;
  #isStopped = false;

  constructor(options: ServerSideOptions) {
    const { conversation, ignored, echoed } = options;
    const { flows, count } = conversation;
    this.#options = options;
    this.requests = new Comparison(conversation, 1, ignored);
    this.#unclaimed = new PayloadIndex(conversation, 1, ignored, false);
    this.#exchanges = findExchanges(conversation, echoed);
    this.#waiting = new ReleaseQueue();
    this.#owners = flows.map(() => undefined);
    this.sent = new Float64Array(flows.length);
    this.unsent = new Float64Array(flows.length);
    this.#echoes = new Uint8Array(count * echoed.sizeBytes);
    this.#requestCount = flows.reduce((total, { requests }) => total + requests, 0);
    this.#left = this.#requestCount;
  }

  /** Whether every recorded request has come and is answered. */
  get isComplete(): boolean {
    return this.#left === 0 && this.#waiting.count === 0;
  }

  get finished(): boolean {
    if (this.#batch.count > 0) return false;
    return this.#isStopped || (this.isComplete && this.#nowNs >= this.#lastNs + this.#options.quietNs);
  }

  /** How many of the recorded requests have come, and what did. */
  soFar(): Reading {
    const counts = { received: this.arrivals, sent: sum(this.sent) };
    return { done: this.#requestCount - this.#left, of: this.#requestCount, unit: 'requests', counts };
  }

  /** By position of the flow. Requests may come as long as it lasts: none is lost for sure. */
  flowsSoFar(): readonly CertainOfFlow[] {
    return this.requests
      .soFar()
      .map(({ received, repeated }) => ({ received, lost: 0, duplicates: repeated }));
  }

  /** Sends nothing more, and ends. */
  stop(): void {
    this.#isStopped = true;
  }

  handleDatagrams(nowNs: number, _port: number, batch: DatagramBatch, from: number, to: number): void {
    this.#nowNs = nowNs;
    this.#lastNs = nowNs;
    for (let row = from; row < to; row += 1) this.#receive(batch, row);
  }

  handleTimeout(nowNs: number): void {
    this.#nowNs = nowNs;
  }

  nextTimeoutNs(): number {
    return this.isComplete ? this.#lastNs + this.#options.quietNs : this.#waiting.nextReleaseNs();
  }

  drain(sink: DatagramSink): void {
    while (!this.#isStopped && this.#waiting.nextReleaseNs() <= this.#nowNs) {
      if (!this.#batch.fits(MAX_DATAGRAM_BYTES)) this.#flush(sink);
      this.#takeWaiting();
    }
    this.#flush(sink);
  }

  handleSendFailure(_port: number, peer: Peer, datagrams: number): void {
    const [flow = 0] = this.#flowsOf.get(peer) ?? [];
    this.#countUnsent(flow, datagrams);
  }

  #receive(batch: DatagramBatch, arrival: number): void {
    this.arrivals += 1;
    const { bytes } = batch;
    const from = batch.sources[arrival] as Peer;
    const start = batch.offsets[arrival] as number;
    const lengthBytes = batch.lengths[arrival] as number;
    const flow = this.#flowFor(from, bytes, start, lengthBytes);
    if (flow < 0) {
      const [latest = -1] = this.#flowsOf.get(from) ?? [];
      this.requests.addUnknown(latest, bytes, start, lengthBytes, -1, from);
      return;
    }
    const taken = this.requests.take(flow, bytes, start, lengthBytes);
    if (taken >= 0) this.#left -= 1;
    const row = taken >= 0 ? taken : this.requests.repeatedRow;
    const { echoed, conversation, speed } = this.#options;
    echoed.extract(bytes, start, lengthBytes, this.#echoes, row * echoed.sizeBytes);
    const arrivedNs = batch.timesNs[arrival] as number;
    const askedNs = conversation.timesNs[row] as number;
    const { firstAnswer, nextAnswer } = this.#exchanges;
    for (let answer = firstAnswer[row] as number; answer >= 0; answer = nextAnswer[answer] as number) {
      const afterNs = sendOffsetNs((conversation.timesNs[answer] as number) - askedNs, speed);
      if (this.#waiting.count < MAX_WAITING) this.#waiting.push(arrivedNs + afterNs, answer);
      else this.#countUnsent(flow, 1);
    }
  }

  /** The flow that has an equal request; −1 for none. */
  #flowFor(from: Peer, bytes: Uint8Array, start: number, lengthBytes: number): number {
    const own = this.#flowsOf.get(from) ?? [];
    let repeated = -1;
    for (const flow of own) {
      const group = this.requests.index.find(flow, bytes, start, lengthBytes);
      if (group < 0) continue;
      if (this.requests.index.firstLeft(group) >= 0) return flow;
      if (repeated < 0) repeated = flow;
    }
    if (repeated >= 0) return repeated;
    const group = this.#unclaimed.find(0, bytes, start, lengthBytes);
    if (group < 0) return -1;
    const { flowOf } = this.#options.conversation;
    for (let row = this.#unclaimed.firstLeft(group); row >= 0; row = this.#unclaimed.firstLeft(group)) {
      const flow = flowOf[row] as number;
      if (this.#owners[flow] === undefined) {
        this.#owners[flow] = from;
        this.#flowsOf.set(from, [flow, ...own]);
        return flow;
      }
      // A flow that somebody has stays taken.
      this.#unclaimed.take(group);
    }
    return -1;
  }

  /** Moves the answer that is due first to the batch. */
  #takeWaiting(): void {
    const releaseNs = this.#waiting.nextReleaseNs();
    const row = this.#waiting.take(releaseNs);
    const { conversation, echoed } = this.#options;
    const { payloads, lengths, flowOf } = conversation;
    const batch = this.#batch;
    const at = batch.count;
    const lengthBytes = lengths[row] as number;
    payloads.find(row);
    batch.append(payloads.bytes, payloads.start, lengthBytes, releaseNs);
    const request = this.#exchanges.requestOf[row] as number;
    echoed.insert(
      this.#echoes,
      request * echoed.sizeBytes,
      batch.bytes,
      batch.offsets[at] as number,
      lengthBytes,
    );
    this.#flows[at] = flowOf[row] as number;
  }

  #flush(sink: DatagramSink): void {
    const batch = this.#batch;
    if (batch.count > 0) this.#lastNs = this.#nowNs;
    for (let from = 0; from < batch.count;) {
      const flow = this.#flows[from] as number;
      let to = from + 1;
      while (to < batch.count && this.#flows[to] === flow) to += 1;
      const taken = sink.send(0, this.#owners[flow] as Peer, batch, from, to);
      this.sent[flow] = (this.sent[flow] as number) + taken;
      this.#countUnsent(flow, to - from - taken);
      from = to;
    }
    batch.clear();
  }

  #countUnsent(flow: number, datagrams: number): void {
    this.unsent[flow] = (this.unsent[flow] as number) + datagrams;
  }
}
