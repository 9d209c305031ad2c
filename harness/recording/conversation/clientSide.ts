/**
 * Plays the clients of a conversation to a live server: each client from a port of its own, at the recorded times or in
 * lockstep, and compares the answers with the recorded ones.
 *
 * Port k is that of the k-th flow. Calling order as in src/net/endpoint.ts.
 */
import type { Reading } from '../../../src/base/progress.ts';
import { DatagramBatch, MAX_DATAGRAM_BYTES } from '../../../src/net/batch.ts';
import type { Peer } from '../../../src/net/batch.ts';
import type { DatagramSink, Endpoint } from '../../../src/net/endpoint.ts';
import { sendOffsetNs } from '../../../src/net/source.ts';
import { TURN_DATAGRAMS } from '../player.ts';
import type { ByteRanges } from './byteRanges.ts';
import { Comparison, UNKNOWN } from './comparison.ts';
import type { CertainOfFlow } from './comparison.ts';
import { findExchanges } from './conversation.ts';
import type { Conversation, Exchanges } from './conversation.ts';
import { NO_BYTES } from './byteRanges.ts';
import { OverdueAnswers } from './overdueAnswers.ts';

export interface ClientSideOptions {
  readonly conversation: Conversation;
  readonly server: Peer;
  /** 1 as recorded, 2 twice as fast, 0 flat out. Without effect in lockstep. */
  readonly speed: number;
  /** Whether a request waits for all answers recorded before it. */
  readonly lockstep: boolean;
  /** How much later than recorded an answer may come, nanoseconds. */
  readonly answerTimeoutNs: number;
  /** Bytes of answers that are not compared. */
  readonly ignored: ByteRanges;
}

/** States of an answer in lockstep. */
const NOT_YET = 0;
const AWAITED = 1;
const DONE = 2;

export class ClientSide implements Endpoint {
  readonly answers: Comparison;
  readonly exchanges: Exchanges;
  /** Row of a request → when it was sent, nanoseconds; NaN for not sent. */
  readonly sentNs: Float64Array;
  /** Row of an answer → its round-trip time, nanoseconds; NaN if it did not come. */
  readonly roundTripNs: Float64Array;
  /** Position of a flow → requests that the transport did not take. */
  readonly unsent: Float64Array;
  /** Datagrams that arrived from other addresses than the server's. */
  strangers = 0;
  /** Refusals by the server's machine (ICMP). */
  refusals = 0;
  /** Requests in lockstep that did not wait any longer for an answer. */
  timeouts = 0;
  arrivals = 0;
  readonly #options: ClientSideOptions;
  readonly #overdue: OverdueAnswers;
  readonly #batch = new DatagramBatch(TURN_DATAGRAMS, TURN_DATAGRAMS * 2048 + MAX_DATAGRAM_BYTES);
  /** Row of the batch → port. */
  readonly #ports = new Uint16Array(TURN_DATAGRAMS);
  /** Position of a flow → row of its last request. */
  readonly #lastRequest: Int32Array;
  readonly #state: Uint8Array;
  /** Rows that were awaited since the last request; some have come. */
  readonly #awaitedRows: number[] = [];
  #pending = 0;
  #awaitedUntilNs = 0;
  /** The row to be played next. */
  #next = 0;
  #startNs = Number.NaN;
  /** When the last answer so far is due as recorded. */
  #lastAnswerNs = 0;
  /** When the first answer is due as recorded. */
  #firstAnswerNs = Number.POSITIVE_INFINITY;
  #nowNs = 0;
  #isStopped = false;

  constructor(options: ClientSideOptions) {
    const { conversation, ignored } = options;
    this.#options = options;
    this.answers = new Comparison(conversation, 0, ignored);
    this.exchanges = findExchanges(conversation, NO_BYTES);
    this.#overdue = new OverdueAnswers(conversation, this.exchanges, options.answerTimeoutNs);
    this.sentNs = new Float64Array(conversation.count).fill(Number.NaN);
    this.roundTripNs = new Float64Array(conversation.count).fill(Number.NaN);
    this.unsent = new Float64Array(conversation.flows.length);
    this.#lastRequest = new Int32Array(conversation.flows.length).fill(-1);
    this.#state = new Uint8Array(conversation.count);
    this.#skipAnswers();
  }

  /** Whether every request was sent. */
  get isComplete(): boolean {
    return this.#next >= this.#options.conversation.count;
  }

  get finished(): boolean {
    return this.#isStopped || (!Number.isNaN(this.#startNs) && this.#nowNs >= this.#endNs());
  }

  /** How much of the recording is played, and what came back. */
  soFar(): Reading {
    const { count } = this.#options.conversation;
    const done = Math.min(this.#next, count);
    return {
      done,
      of: count,
      unit: 'datagrams',
      counts: { received: this.arrivals, refused: this.refusals },
    };
  }

  /** By position of the flow: what has come, and what is missing for longer than it is waited for. */
  flowsSoFar(): readonly CertainOfFlow[] {
    this.#overdue.advance(this.#nowNs, this.sentNs, this.answers.arrived);
    return this.answers.soFar().map(({ received, unknown, repeated }, flow) => ({
      received,
      duplicates: repeated,
      // In the end, what equals nothing is set against what did not come: those are different, not missing.
      lost: Math.max(0, (this.#overdue.counts[flow] as number) - unknown),
    }));
  }

  /** Sends nothing more, and ends. */
  stop(): void {
    this.#isStopped = true;
  }

  handleTimeout(nowNs: number): void {
    this.#nowNs = nowNs;
    if (Number.isNaN(this.#startNs)) {
      this.#startNs = nowNs;
      this.#lastAnswerNs = nowNs;
    }
    while (!this.isComplete && this.#dueNs() <= nowNs && this.#batch.count < TURN_DATAGRAMS) {
      if (this.#pending > 0) this.#giveUp();
      this.#send(nowNs);
      this.#skipAnswers();
    }
  }

  handleDatagrams(nowNs: number, port: number, batch: DatagramBatch, from: number, to: number): void {
    this.#nowNs = nowNs;
    const { server } = this.#options;
    for (let row = from; row < to; row += 1) {
      const source = batch.sources[row];
      if (source?.port === server.port && source.address === server.address) this.#receive(port, batch, row);
      else this.strangers += 1;
    }
  }

  nextTimeoutNs(): number {
    if (Number.isNaN(this.#startNs)) return 0;
    return Math.min(this.#dueNs(), this.#endNs());
  }

  drain(sink: DatagramSink): void {
    const batch = this.#batch;
    for (let from = 0; from < batch.count;) {
      const port = this.#ports[from] as number;
      let to = from + 1;
      while (to < batch.count && this.#ports[to] === port) to += 1;
      const taken = sink.send(port, this.#options.server, batch, from, to);
      this.#countUnsent(port, to - from - taken);
      from = to;
    }
    batch.clear();
  }

  handleSendFailure(port: number, _peer: Peer, datagrams: number): void {
    this.#countUnsent(port, datagrams);
  }

  handleRefused(nowNs: number, _port: number, _peer: Peer, count: number): void {
    this.#nowNs = nowNs;
    this.refusals += count;
  }

  #countUnsent(port: number, datagrams: number): void {
    this.unsent[port] = (this.unsent[port] as number) + datagrams;
  }

  #receive(port: number, batch: DatagramBatch, row: number): void {
    this.arrivals += 1;
    const start = batch.offsets[row] as number;
    const lengthBytes = batch.lengths[row] as number;
    const answer = this.answers.take(port, batch.bytes, start, lengthBytes);
    if (answer === UNKNOWN) {
      const request = this.#lastRequest[port] as number;
      this.answers.addUnknown(port, batch.bytes, start, lengthBytes, request, null);
      this.#settle(this.#firstAwaitedOf(port));
      return;
    }
    if (answer < 0) return;
    this.#overdue.came(answer);
    const request = this.exchanges.requestOf[answer] as number;
    this.roundTripNs[answer] = (batch.timesNs[row] as number) - (this.sentNs[request] as number);
    this.#settle(answer);
  }

  /** When the next request is due; Infinity after the last one. */
  #dueNs(): number {
    if (this.isComplete) return Number.POSITIVE_INFINITY;
    const { conversation, lockstep, speed } = this.#options;
    if (lockstep) return this.#pending > 0 ? this.#awaitedUntilNs : this.#startNs;
    const { timesNs } = conversation;
    return this.#startNs + sendOffsetNs((timesNs[this.#next] as number) - (timesNs[0] as number), speed);
  }

  /** When nothing is waited for any longer. */
  #endNs(): number {
    const { answerTimeoutNs } = this.#options;
    // Where nobody listens, nothing will answer the rest either.
    if (this.arrivals === 0 && this.refusals > 0) return this.#firstAnswerNs + answerTimeoutNs;
    return this.isComplete ? this.#lastAnswerNs + answerTimeoutNs : Number.POSITIVE_INFINITY;
  }

  #send(nowNs: number): void {
    const { payloads, lengths, flowOf } = this.#options.conversation;
    const row = this.#next;
    const port = flowOf[row] as number;
    this.#ports[this.#batch.count] = port;
    payloads.find(row);
    this.#batch.append(payloads.bytes, payloads.start, lengths[row] as number, nowNs);
    this.sentNs[row] = nowNs;
    this.#lastRequest[port] = row;
    this.#lastAnswerNs = Math.max(this.#lastAnswerNs, nowNs);
    for (
      let answer = this.exchanges.firstAnswer[row] as number;
      answer >= 0;
      answer = this.exchanges.nextAnswer[answer] as number
    ) {
      const recordedNs = nowNs + this.#recordedDelayNs(answer);
      this.#lastAnswerNs = Math.max(this.#lastAnswerNs, recordedNs);
      this.#firstAnswerNs = Math.min(this.#firstAnswerNs, recordedNs);
    }
    this.#next = row + 1;
  }

  /** The time from a request to an answer in the recording. */
  #recordedDelayNs(answer: number): number {
    const { timesNs } = this.#options.conversation;
    return (timesNs[answer] as number) - (timesNs[this.exchanges.requestOf[answer] as number] as number);
  }

  /** Goes on to the next request; in lockstep, the answers before it are awaited. */
  #skipAnswers(): void {
    const { conversation, lockstep, answerTimeoutNs } = this.#options;
    const { upward, count } = conversation;
    for (; this.#next < count && upward[this.#next] === 0; this.#next += 1) {
      const answer = this.#next;
      if (!lockstep || this.#state[answer] !== NOT_YET) continue;
      this.#state[answer] = AWAITED;
      this.#awaitedRows.push(answer);
      this.#pending += 1;
      const sentNs = this.sentNs[this.exchanges.requestOf[answer] as number] as number;
      this.#awaitedUntilNs = Math.max(
        this.#awaitedUntilNs,
        sentNs + this.#recordedDelayNs(answer) + answerTimeoutNs,
      );
    }
  }

  /** Marks an answer as no longer awaited. */
  #settle(answer: number): void {
    if (answer < 0) return;
    if (this.#state[answer] === AWAITED) this.#pending -= 1;
    this.#state[answer] = DONE;
    if (this.#pending === 0) this.#awaitedRows.length = 0;
  }

  /** An answer of a flow that is awaited; −1 for none. */
  #firstAwaitedOf(flow: number): number {
    const { flowOf } = this.#options.conversation;
    return this.#awaitedRows.find((row) => this.#state[row] === AWAITED && flowOf[row] === flow) ?? -1;
  }

  #giveUp(): void {
    this.timeouts += 1;
    for (const row of this.#awaitedRows) this.#state[row] = DONE;
    this.#awaitedRows.length = 0;
    this.#pending = 0;
  }
}
