/**
 * The streaming client: registers, keeps its registration alive, counts what arrives, learns the end, and unregisters.
 * Every step is repeated with back-off, and every wait has a bound.
 *
 * Calling order as in net/endpoint.ts; it has one port, number 0. It holds no socket and reads no clock; the nonce is
 * an option. Datagrams from anyone but its server are counted and ignored. A stream without datagrams does not end it:
 * the server counts as silent when it leaves `alive` requests unanswered.
 */
import { classify, decodeServerControl, encodeAlive, encodeUnregister } from '../protocol/control.ts';
import type { ServerControl } from '../protocol/control.ts';
import { ORIGINAL_UNREGISTER, decodeOriginalMessage } from '../protocol/original.ts';
import { decodeStreamMessage, readCount, verifyCheck } from '../protocol/stream.ts';
import { Backoff } from './backoff.ts';
import type { DatagramBatch, Peer } from '../net/batch.ts';
import { DEFAULT_TMAX_NS, checkClientOptions } from './clientOptions.ts';
import type { ClientEvent, ClientOptions, EndReason } from './clientOptions.ts';
import type { DatagramSink, Endpoint } from '../net/endpoint.ts';
import { EarlyArrivals } from './earlyArrivals.ts';
import type { ArrivalRecorder } from './earlyArrivals.ts';
import { Outbox } from './outbox.ts';
import { Registering } from './registering.ts';
import { NO_PLAN, plannedNs } from '../net/source.ts';
import type { SendPlan } from '../net/source.ts';

export type { ArrivalRecorder } from './earlyArrivals.ts';
export type { ClientEvent, ClientOptions, EndReason } from './clientOptions.ts';

interface Registration {
  readonly client: number;
  readonly nextCount: number;
  readonly intervalNs: number;
  readonly speed: number;
  readonly keepAliveNs: number;
}

const UNREGISTER_FIRST_WAIT_NS = 100e6;
const UNREGISTER_ATTEMPTS = 5;
/** Alives without an answer before the server counts as silent. */
const MISSED_ALIVES = 4;

export class ClientEndpoint implements Endpoint {
  /** Datagrams from anyone but the server. */
  foreign = 0;
  readonly #options: ClientOptions;
  readonly #original: boolean;
  readonly #validatesAll: boolean;
  readonly #outbox = new Outbox(16, 16_384);
  readonly #registering: Registering;
  readonly #unregistering = new Backoff(UNREGISTER_FIRST_WAIT_NS, 1e9, UNREGISTER_ATTEMPTS);
  #state: 'new' | 'registering' | 'streaming' | 'listening' | 'unregistering' | 'finished' = 'new';
  #registration: Registration | null = null;
  #recorder: ArrivalRecorder | null = null;
  readonly #early = new EarlyArrivals();
  #lastCount: number | null = null;
  #reason: EndReason | null = null;
  #giveUpNs = Number.POSITIVE_INFINITY;
  #listenUntilNs = Number.POSITIVE_INFINITY;
  #nextAliveNs = Number.POSITIVE_INFINITY;
  /** Alives sent since the server was last heard. */
  #unanswered = 0;
  #lastArrivalNs = 0;
  /** Planned sending times. */
  #plan: SendPlan = NO_PLAN;
  /**
   * The server's Peer object as the transport last gave it. Transports reuse that object, so most datagrams need no
   * comparison of addresses.
   */
  #server: Peer;

  constructor(options: ClientOptions) {
    this.#options = checkClientOptions(options);
    this.#server = options.server;
    this.#original = options.original ?? false;
    this.#validatesAll = options.validate === 'full' && !this.#original;
    this.#registering = new Registering(options);
  }

  get finished(): boolean {
    return this.#state === 'finished';
  }

  /** Why it ended; null while it runs. */
  get reason(): EndReason | null {
    return this.#reason;
  }

  /** The reason of the server's last refusal; null without a refusal and after registration. */
  get refusal(): string | null {
    return this.#registering.refusal;
  }

  get clientId(): number | null {
    return this.#registration?.client ?? null;
  }

  /** First count that the server promised; null without a promise. */
  get nextCount(): number | null {
    return this.#registration?.nextCount ?? null;
  }

  /** The stream's last count, once announced. */
  get lastCount(): number | null {
    return this.#lastCount;
  }

  /** Datagrams that arrived before the answer to the registration and were discarded for lack of room. */
  get earlyOverflow(): number {
    return this.#early.overflow;
  }

  /** Null until the client is registered; also at the end, if it never registered and nothing arrived. */
  get recorder(): ArrivalRecorder | null {
    return this.#recorder;
  }

  handleDatagrams(nowNs: number, _port: number, batch: DatagramBatch, from: number, to: number): void {
    if (this.#state === 'new') return;
    // The client may finish in the middle of a batch; its statistics are complete then, so the rest is ignored.
    for (let row = from; row < to && !this.finished; row += 1) {
      if (!this.#isFromServer(batch.sources[row])) {
        this.foreign += 1;
        continue;
      }
      if (this.#original) {
        this.#handleOriginal(nowNs, batch, row);
        continue;
      }
      const count = readCount(batch.bytes, batch.offsets[row] as number, batch.lengths[row] as number);
      if (count > 0) this.#handleStream(count, batch, row);
      else this.#handleControl(nowNs, batch, row);
    }
  }

  handleTimeout(nowNs: number): void {
    if (this.#state === 'new') this.#start(nowNs);
    if (this.#state === 'registering') this.#register(nowNs);
    if (this.#state === 'streaming') this.#keepAlive(nowNs);
    if (this.#state === 'listening' && nowNs >= this.#listenUntilNs) this.#leave(nowNs);
    if (this.#state === 'unregistering') this.#unregister(nowNs);
  }

  nextTimeoutNs(): number {
    switch (this.#state) {
      case 'new':
        return 0;
      case 'registering':
        return Math.min(this.#registering.nextNs, this.#giveUpNs);
      case 'streaming':
        return Math.min(this.#nextAliveNs, this.#giveUpNs);
      case 'listening':
        return this.#listenUntilNs;
      case 'unregistering':
        return this.#unregistering.nextNs;
      case 'finished':
        return Number.POSITIVE_INFINITY;
    }
  }

  drain(sink: DatagramSink): void {
    if (!this.#outbox.empty) this.#outbox.drain(sink, 0);
  }

  /**
   * Leaves now: unregisters, learns the last count sent to it, and finishes. After the end of the stream it only stops
   * listening.
   */
  interrupt(nowNs: number): void {
    if (this.#state === 'finished' || this.#state === 'unregistering') return;
    if (this.#state !== 'listening') this.#reason = 'interrupted';
    if (this.#token === null && !this.#original) this.#finish(nowNs, 'interrupted');
    else this.#leave(nowNs);
  }

  #start(nowNs: number): void {
    this.#state = 'registering';
    this.#registering.start(nowNs);
    this.#lastArrivalNs = nowNs;
    this.#giveUpNs = nowNs + (this.#options.registerTimeoutNs ?? 10e9);
    if (!this.#original) return;
    this.#giveUpNs = nowNs + this.#quietNs();
    this.#recorder = this.#options.record(null);
  }

  #quietNs(): number {
    return this.#options.quietTimeoutNs ?? 30e9;
  }

  #register(nowNs: number): void {
    if (nowNs >= this.#giveUpNs) return this.#finish(nowNs, this.refusal === null ? 'no answer' : 'no place');
    const request = this.#registering.request(nowNs);
    if (request !== null) this.#outbox.put(nowNs, this.#options.server, request);
  }

  /** Not null once registered. */
  get #token(): string | null {
    return this.#registering.token;
  }

  #keepAlive(nowNs: number): void {
    if (this.#original) {
      this.#giveUpNs = this.#lastArrivalNs + this.#quietNs();
      if (nowNs >= this.#giveUpNs) this.#fallSilent(nowNs, ORIGINAL_UNREGISTER);
      return;
    }
    const keepAliveNs = (this.#registration as Registration).keepAliveNs;
    if (nowNs < this.#nextAliveNs) return;
    // The limit is a number of unanswered alives, not a time: a process that was suspended has not sent its alives yet.
    if (this.#unanswered >= MISSED_ALIVES)
      return this.#fallSilent(nowNs, encodeUnregister(this.#token as string));
    this.#unanswered += 1;
    this.#outbox.put(nowNs, this.#options.server, encodeAlive(this.#token as string));
    this.#nextAliveNs = nowNs + keepAliveNs;
  }

  /** The farewell gets no answer, but a server that only lost the way back to this client can remove it. */
  #fallSilent(nowNs: number, farewell: Uint8Array): void {
    this.#outbox.put(nowNs, this.#options.server, farewell);
    this.#finish(nowNs, 'server silent');
  }

  #isFromServer(source: Peer | undefined): boolean {
    if (source === this.#server) return true;
    if (source?.port !== this.#server.port || source.address !== this.#server.address) return false;
    this.#server = source;
    return true;
  }

  #handleStream(count: number, batch: DatagramBatch, row: number): void {
    const lengthBytes = batch.lengths[row] as number;
    const arrivalNs = batch.timesNs[row] as number;
    this.#lastArrivalNs = arrivalNs;
    this.#unanswered = 0;
    if (
      this.#options.check === true &&
      verifyCheck(batch.bytes, batch.offsets[row] as number, lengthBytes) !== 'good'
    ) {
      return this.#handleCorrupted(batch, row);
    }
    if (this.#validatesAll && !decodeStreamMessage(batch.payload(row)).ok) return this.#handleMalformed();
    if (this.#recorder !== null) {
      this.#recorder.handleArrival(count, arrivalNs, plannedNs(this.#plan, count), lengthBytes);
    } else if (!this.#early.keepArrival(count, arrivalNs, lengthBytes)) {
      return;
    }
    this.#options.observeDatagram?.(count, batch, row);
  }

  #handleOriginal(nowNs: number, batch: DatagramBatch, row: number): void {
    const bytes = batch.payload(row);
    const control = decodeServerControl(bytes);
    if (control.ok && control.value.kind === 'originalEnd') return this.#announceEnd(nowNs, null);
    const message = decodeOriginalMessage(bytes);
    if (!message.ok) return this.#recorder?.handleMalformed();
    if (this.#state === 'registering') {
      this.#state = 'streaming';
      this.#observe({ kind: 'registered', client: 0, nextCount: message.value.count }, nowNs);
    }
    this.#handleStream(message.value.count, batch, row);
    this.#giveUpNs = this.#lastArrivalNs + this.#quietNs();
  }

  #handleControl(nowNs: number, batch: DatagramBatch, row: number): void {
    const offset = batch.offsets[row] as number;
    const lengthBytes = batch.lengths[row] as number;
    const control =
      classify(batch.bytes, offset, lengthBytes) === 'control'
        ? decodeServerControl(batch.payload(row))
        : null;
    if (control?.ok === true && this.#handleAnswer(nowNs, control.value)) return;
    // In a checked stream an unreadable datagram counts as damaged, in any other as malformed.
    if (this.#options.check === true && control?.ok !== true) this.#handleCorrupted(batch, row);
    else this.#handleMalformed();
  }

  #handleMalformed(): void {
    if (this.#recorder === null) this.#early.keepMalformed();
    else this.#recorder.handleMalformed();
  }

  #handleCorrupted(batch: DatagramBatch, row: number): void {
    const lengthBytes = batch.lengths[row] as number;
    this.#options.observeCorrupted?.(batch, row);
    if (this.#recorder !== null) this.#recorder.handleCorrupted(lengthBytes);
    else this.#early.keepCorrupted(lengthBytes);
  }

  /** False when the message does not answer a request of this client. */
  #handleAnswer(nowNs: number, control: ServerControl): boolean {
    switch (control.kind) {
      case 'challenge':
        if (this.#state === 'registering' && this.#registering.challenged(nowNs, control.token))
          this.#register(nowNs);
        return true;
      case 'registered':
        // Without a token the client could neither send alives nor unregister.
        if (control.nonce !== this.#options.nonce || this.#token === null) return false;
        if (this.#state === 'registering') this.#registered(nowNs, control);
        return true;
      case 'refused':
        if (control.nonce !== this.#options.nonce) return false;
        if (this.#state === 'registering' && this.#registering.refused(control.reason))
          this.#observe({ kind: 'refused', reason: control.reason }, nowNs);
        return true;
      case 'alive':
        if (control.nonce !== this.#options.nonce) return false;
        this.#unanswered = 0;
        return true;
      case 'end':
        if (control.nonce !== this.#options.nonce) return false;
        this.#announceEnd(nowNs, control.count);
        return true;
      case 'originalEnd':
        return false;
      default:
        return control satisfies never;
    }
  }

  #registered(nowNs: number, answer: ServerControl & { kind: 'registered' }): void {
    const { intervalUs, speed } = answer.timing;
    this.#registration = {
      client: answer.client,
      nextCount: answer.nextCount,
      intervalNs: intervalUs * 1e3,
      speed,
      keepAliveNs: answer.keepAliveMs * 1e6,
    };
    // The interval is whole nanoseconds; its conversion to microseconds may have rounded it.
    if (intervalUs > 0 && speed > 0) this.#plan = { intervalNs: Math.round(intervalUs * 1e3), speed };
    this.#state = 'streaming';
    this.#giveUpNs = Number.POSITIVE_INFINITY;
    this.#nextAliveNs = nowNs + this.#registration.keepAliveNs;
    this.#registering.stop();
    this.#registering.refusal = null;
    this.#observe({ kind: 'registered', client: answer.client, nextCount: answer.nextCount }, nowNs);
    this.#record(answer.nextCount);
  }

  /** Makes the recorder and gives it the arrivals from before it existed. */
  #record(firstCount: number | null): void {
    this.#recorder = this.#options.record(firstCount);
    this.#early.replay(this.#recorder, this.#plan);
  }

  #announceEnd(nowNs: number, count: number | null): void {
    if (this.#state === 'unregistering') {
      if (count !== null && this.#lastCount === null) this.#lastCount = count;
      // This `end` may be a repeat and not the answer to the unregister, which may be lost: so the unregister is sent
      // once more.
      if (this.#unregistering.attempts === 1) this.#sendUnregister(nowNs);
      return this.#finish(nowNs, this.#reason ?? 'end of stream');
    }
    if (this.#state !== 'streaming' && !(this.#original && this.#state === 'registering')) return;
    this.#lastCount = count;
    this.#state = 'listening';
    this.#listenUntilNs = nowNs + (this.#options.tmaxNs ?? DEFAULT_TMAX_NS);
    this.#observe({ kind: 'end announced', count }, nowNs);
  }

  #leave(nowNs: number): void {
    this.#reason ??= 'end of stream';
    if (this.#original) {
      this.#outbox.put(nowNs, this.#options.server, ORIGINAL_UNREGISTER);
      return this.#finish(nowNs, this.#reason);
    }
    this.#state = 'unregistering';
    this.#unregistering.start(nowNs);
    this.#unregister(nowNs);
  }

  #unregister(nowNs: number): void {
    if (!this.#unregistering.due(nowNs)) return;
    if (this.#unregistering.exhausted(nowNs)) return this.#finish(nowNs, this.#reason ?? 'end of stream');
    this.#unregistering.attempted(nowNs);
    this.#sendUnregister(nowNs);
  }

  #sendUnregister(nowNs: number): void {
    this.#outbox.put(nowNs, this.#options.server, encodeUnregister(this.#token as string));
  }

  #finish(nowNs: number, reason: EndReason): void {
    this.#state = 'finished';
    this.#reason = reason;
    if (this.#recorder === null && !this.#early.empty) this.#record(null);
    this.#recorder?.finish(this.#lastCount);
    this.#observe({ kind: 'finished', reason }, nowNs);
  }

  #observe(event: ClientEvent, nowNs: number): void {
    this.#options.observe?.(event, nowNs);
  }
}
