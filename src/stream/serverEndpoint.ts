/**
 * The streaming server: registers clients, sends each due datagram to all of them, and tells them the end.
 *
 * Calling order as in net/endpoint.ts; it has one port, number 0. It holds no socket, reads no clock and draws no
 * random number: the token secret is an option. Requests are answered by the registrar (registrar.ts), which admits
 * only verified addresses.
 */
import { UsageError } from '../base/errors.ts';
import { ORIGINAL_END } from '../protocol/original.ts';
import { encodeEnd } from '../protocol/control.ts';
import { DatagramBatch } from '../net/batch.ts';
import { CHUNK_DATAGRAMS, newChunk, sendAway } from '../net/sendQueue.ts';
import type { Peer } from '../net/batch.ts';
import type { DatagramSink, Endpoint } from '../net/endpoint.ts';
import { encodeOriginals, originalBatch } from './originals.ts';
import { Outbox } from './outbox.ts';
import { Pacer } from '../net/pacer.ts';
import { Registrar } from './registrar.ts';
import { Registry } from './registry.ts';
import type { Member } from './registry.ts';
import { DEFAULT_MAX_CLIENTS, checkServerOptions } from './serverOptions.ts';
import type { ServerCounters, ServerEvent, ServerOptions } from './serverOptions.ts';
import type { StreamSource } from '../net/source.ts';

export type { ServerCounters, ServerEvent, ServerOptions } from './serverOptions.ts';

/**
 * A client expires after more than this many sweeps without a request; there is one sweep in each keep-alive period.
 */
const MISSED_ALIVES = 5;
/** An original client is unreachable when every send to it failed for more than this many sweeps. */
const MAX_REFUSED_SWEEPS = 5;
const ORIGINAL_TIMEOUT_NS = 3600e9;
/** Limit of `end`s to a client that sends alives and never answers an `end`: about an hour. */
const MAX_ENDS = 3600;
/** How long to answer repeated requests after the last client left. */
const LINGER_NS = 250e6;
const GONE_KEPT_NS = 10e9;
const MAX_KEEP_ALIVE_MS = 0x7fff_ffff;

export class ServerEndpoint implements Endpoint {
  readonly counters: ServerCounters = { malformed: 0, refusedRequests: 0 };
  readonly #source: StreamSource;
  readonly #options: ServerOptions;
  readonly #pacer: Pacer;
  readonly #waitFor: number;
  readonly #keepAliveNs: number;
  readonly #maxOriginalSweeps: number;
  readonly #registry: Registry;
  readonly #registrar: Registrar;
  readonly #outbox = new Outbox(1024, 256 * 1024);
  readonly #due: DatagramBatch;
  readonly #maxDue: number;
  readonly #originals: DatagramBatch;
  #phase: 'waiting' | 'streaming' | 'ending' | 'finished' = 'waiting';
  #nextSweepNs: number;
  /** When it starts for the clients registered so far; Infinity without a client. */
  #startByNs = Number.POSITIVE_INFINITY;
  #lingerUntilNs = Number.POSITIVE_INFINITY;
  #nowNs = 0;

  /** Throws UsageError for an invalid option, such as a keep-alive period that the protocol cannot carry. */
  constructor(options: ServerOptions) {
    this.#options = checkServerOptions(options);
    this.#source = options.source;
    this.#pacer = new Pacer(options.source, options);
    this.#waitFor = options.waitFor ?? 1;
    this.#keepAliveNs = checkKeepAlive(options.keepAliveNs ?? 1e9);
    this.#maxOriginalSweeps = sweepsOf(options.originalTimeoutNs ?? ORIGINAL_TIMEOUT_NS, this.#keepAliveNs);
    const { maxClients = DEFAULT_MAX_CLIENTS, maxClientsPerAddress } = options;
    this.#registry = new Registry({ max: maxClients, maxPerAddress: maxClientsPerAddress });
    this.#registrar = new Registrar({
      options,
      keepAliveNs: this.#keepAliveNs,
      registry: this.#registry,
      outbox: this.#outbox,
      pacer: this.#pacer,
      counters: this.counters,
      admitted: (nowNs, member) => this.#admitted(nowNs, member),
      leave: (nowNs, member, reason) => this.#leave(nowNs, member, reason),
      observe: (event) => this.#observe(event),
    });
    const batchDatagrams = options.batchDatagrams ?? CHUNK_DATAGRAMS;
    this.#maxDue = batchDatagrams;
    // A chunk of the usual size if that is enough: a simulated network takes such a batch without a copy.
    this.#due = batchDatagrams <= CHUNK_DATAGRAMS ? newChunk() : new DatagramBatch(batchDatagrams, 1 << 20);
    this.#originals = originalBatch(batchDatagrams);
    this.#nextSweepNs = this.#waitFor === 0 ? 0 : this.#keepAliveNs;
  }

  get finished(): boolean {
    return this.#phase === 'finished';
  }

  /** When the first datagram was due, nanoseconds since the run's epoch; NaN before the start. */
  get startNs(): number {
    return this.#pacer.startNs;
  }

  /** Intervals left empty after late wake-ups; 0 unless it catches up by skipping. */
  get skippedIntervals(): number {
    return this.#pacer.skippedIntervals;
  }

  /** Count of the last datagram taken from the source; 0 before the first. */
  get lastCount(): number {
    return this.#pacer.nextCount - 1;
  }

  /** Clients that it streams to now. */
  get streaming(): number {
    return this.#registry.count('streaming');
  }

  /** All clients so far: first those removed, then the present ones, each in order of registration. */
  members(): Member[] {
    return [...this.#registry.left, ...this.#registry.members()];
  }

  handleDatagrams(nowNs: number, _port: number, batch: DatagramBatch, from: number, to: number): void {
    this.#nowNs = nowNs;
    for (let row = from; row < to; row += 1) {
      const peer = batch.sources[row];
      if (peer !== undefined) this.#registrar.handleRequest(nowNs, peer, batch.payload(row));
    }
  }

  handleTimeout(nowNs: number): void {
    this.#nowNs = nowNs;
    if (this.#phase === 'waiting') this.#startWhenReady(nowNs);
    if (this.#phase === 'streaming' && nowNs >= this.#pacer.nextDueNs)
      this.#pacer.takeDue(nowNs, this.#due, this.#maxDue);
    if (nowNs >= this.#nextSweepNs) this.#sweep(nowNs);
    if (this.#phase === 'ending') this.#repeatEnds(nowNs);
  }

  nextTimeoutNs(): number {
    if (this.#phase === 'finished') return Number.POSITIVE_INFINITY;
    let nextNs = Math.min(this.#nextSweepNs, this.#pacer.nextDueNs, this.#startByNs, this.#lingerUntilNs);
    if (this.#phase === 'ending') {
      for (const member of this.#registry.present()) {
        if (member.membership === 'ending' && member.ending.nextNs < nextNs) nextNs = member.ending.nextNs;
      }
    }
    return nextNs;
  }

  drain(sink: DatagramSink): void {
    // Answers go first: a client should know its first count before the datagram with that count arrives.
    this.#outbox.drain(sink, 0);
    if (this.#due.count > 0) this.#sendDue(sink);
    if (this.#phase === 'streaming' && this.#pacer.nextCount > this.#source.total) this.#end(this.#nowNs);
    this.#outbox.drain(sink, 0);
  }

  handleSendFailure(_port: number, peer: Peer, datagrams: number): void {
    const member = this.#registry.find(peer);
    if (member === undefined) return;
    const failed = Math.min(datagrams, member.sent);
    member.sent -= failed;
    member.refused += failed;
  }

  /** Ends the stream now: every client is told the last count it was sent. */
  stop(nowNs: number): void {
    if (this.#phase !== 'waiting' && this.#phase !== 'streaming') return;
    this.#nowNs = nowNs;
    this.#end(nowNs);
  }

  #admitted(nowNs: number, member: Member): void {
    if (this.#phase === 'ending') this.#tellEnd(nowNs, member);
    if (this.#phase === 'waiting') {
      this.#startByNs = nowNs + (this.#options.waitMostNs ?? Number.POSITIVE_INFINITY);
      this.#startWhenReady(nowNs);
    }
    this.#lingerUntilNs = Number.POSITIVE_INFINITY;
  }

  #leave(nowNs: number, member: Member, reason: string): void {
    if (member.membership === 'gone') return;
    this.#registry.leave(member, nowNs, reason);
    this.#observe({ kind: reason === 'expired' ? 'expired' : 'unregistered', member });
    this.#finishWhenAlone(nowNs);
  }

  #startWhenReady(nowNs: number): void {
    const clients = this.#registry.count('streaming');
    const isUp = nowNs >= this.#startByNs;
    if (clients < this.#waitFor && !(isUp && clients > 0)) {
      if (isUp) this.#startByNs = Number.POSITIVE_INFINITY;
      return;
    }
    this.#startByNs = Number.POSITIVE_INFINITY;
    this.#phase = 'streaming';
    this.#pacer.start(nowNs);
    this.#nextSweepNs = nowNs + this.#keepAliveNs;
    this.#observe({ kind: 'stream started', clients });
  }

  #sendDue(sink: DatagramSink): void {
    const due = this.#due;
    const { count } = due;
    const lastCount = this.lastCount;
    const firstCount = lastCount - count + 1;
    let left = this.#registry.count('streaming');
    let originalsReady = false;
    for (const member of this.#registry.present()) {
      if (member.membership !== 'streaming') continue;
      left -= 1;
      // No client registers between taking and sending, so nobody's first count lies within the batch.
      let taken: number;
      if (member.original) {
        if (!originalsReady) encodeOriginals(this.#due, this.#originals);
        originalsReady = true;
        taken = sink.send(0, member.peer, this.#originals, 0, this.#originals.count);
      } else if (left === 0) {
        taken = sendAway(sink, 0, member.peer, due);
      } else {
        taken = sink.send(0, member.peer, due, 0, count);
      }
      member.sent += taken;
      member.refused += count - taken;
      member.endCount = lastCount;
      this.#options.observeSent?.(member, firstCount, lastCount, this.#nowNs);
    }
    due.clear();
  }

  #end(nowNs: number): void {
    this.#phase = 'ending';
    this.#startByNs = Number.POSITIVE_INFINITY;
    this.#pacer.stop();
    this.#observe({ kind: 'stream ended', count: this.lastCount });
    for (const member of this.#registry.present()) {
      if (member.membership === 'streaming') this.#tellEnd(nowNs, member);
    }
    this.#repeatEnds(nowNs);
    this.#finishWhenAlone(nowNs);
  }

  #tellEnd(nowNs: number, member: Member): void {
    this.#registry.beginEnding(member, nowNs);
    this.#observe({ kind: 'ended', member });
  }

  #repeatEnds(nowNs: number): void {
    for (const member of this.#registry.present()) {
      if (member.membership !== 'ending' || !member.ending.due(nowNs)) continue;
      if (member.ending.exhausted(nowNs) && !this.#stillListens(member)) {
        this.#leave(nowNs, member, member.original ? 'ended' : 'did not answer the end');
        continue;
      }
      const end = member.original ? ORIGINAL_END : encodeEnd(member.nonce, member.endCount);
      // When the outbox is full, the rest stays due until it is drained.
      if (!this.#outbox.put(nowNs, member.peer, end)) break;
      member.ending.attempted(nowNs);
    }
    if (nowNs >= this.#lingerUntilNs) this.#phase = 'finished';
  }

  /**
   * Whether a client that has not answered its `end`s may still do so. The network may delay the stream, and the `end`
   * behind it, for longer than all retries take: a client whose alives arrive has not left.
   */
  #stillListens({ original, silentSweeps, ending }: Member): boolean {
    return !original && silentSweeps <= MISSED_ALIVES && ending.attempts < MAX_ENDS;
  }

  /** Expires silent clients, and removes members that left long enough ago. */
  #sweep(nowNs: number): void {
    this.#registry.forgetGone(nowNs - GONE_KEPT_NS);
    for (const member of this.#registry.present()) {
      // Sweeps are counted, not time: a process that was suspended has not read the alives in its socket's buffer yet.
      member.silentSweeps += 1;
      if (member.original) this.#sweepOriginal(nowNs, member);
      else if (member.membership === 'streaming' && member.silentSweeps > MISSED_ALIVES)
        this.#leave(nowNs, member, 'expired');
    }
    this.#nextSweepNs = nowNs + this.#keepAliveNs;
  }

  /** Original clients send nothing after their register, so only time and failed sends show that one is gone. */
  #sweepOriginal(nowNs: number, member: Member): void {
    if (member.membership !== 'streaming') return;
    if (member.sent > member.sweptSent) member.refusedSweeps = 0;
    else if (member.refused > member.sweptRefused) member.refusedSweeps += 1;
    member.sweptSent = member.sent;
    member.sweptRefused = member.refused;
    if (member.refusedSweeps > MAX_REFUSED_SWEEPS) return this.#leave(nowNs, member, 'unreachable');
    if (member.silentSweeps <= this.#maxOriginalSweeps) return;
    // Without it the original program would wait for ever.
    this.#outbox.put(nowNs, member.peer, ORIGINAL_END);
    this.#leave(nowNs, member, 'expired');
  }

  #finishWhenAlone(nowNs: number): void {
    if (this.#phase !== 'ending') return;
    if (this.#registry.count('streaming') + this.#registry.count('ending') > 0) return;
    this.#lingerUntilNs = nowNs + LINGER_NS;
  }

  #observe(event: ServerEvent): void {
    this.#options.observe?.(event, this.#nowNs);
  }
}

/** The number of sweeps in a timeout, rounded up. */
const sweepsOf = (timeoutNs: number, keepAliveNs: number): number => Math.ceil(timeoutNs / keepAliveNs);

function checkKeepAlive(keepAliveNs: number): number {
  const periodMs = keepAliveNs / 1e6;
  if (Number.isInteger(periodMs) && periodMs >= 1 && periodMs <= MAX_KEEP_ALIVE_MS) return keepAliveNs;
  throw new UsageError(
    'value-range',
    '--keep-alive',
    `expected whole milliseconds from 1ms to ${MAX_KEEP_ALIVE_MS}ms, got ${periodMs}ms; ` +
      'choose a period such as 1s',
  );
}
