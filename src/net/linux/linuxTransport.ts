/**
 * The UDP transport on batched system calls: one call moves many datagrams, and the kernel splits and joins them
 * (UDP_SEGMENT, UDP_GRO).
 *
 * It does the same as nodeTransport.ts, but faster, and with the kernel's arrival times. Sends are synchronous and in
 * order. It never drops anything on purpose.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { DatagramBatch, Peer } from '../batch.ts';
import { bindFailure } from '../bindFailure.ts';
import type { Clock } from '../clock.ts';
import { PortTable } from '../portTable.ts';
import { describeUnanswerable, wantedReceiveBytes } from '../transport.ts';
import type { OpenOptions, Transport } from '../transport.ts';
import { EAGAIN, EINTR } from './abi.ts';
import { Anticipation } from '../anticipation.ts';
import type { Followed } from '../anticipation.ts';
import { ErrorQueue } from './errorQueue.ts';
import { IncomingMessages, SLOTS } from './incoming.ts';
import type { NativeSockets, Watch } from './native.ts';
import { MAX_POLLED, PollSet } from './pollSet.ts';
import type { Polled } from './pollSet.ts';
import { PreciseWait } from './ppoll.ts';
import { Sender } from './sender.ts';
import { SocketMaker } from './socket.ts';
import type { OpenSocket } from './socket.ts';
import { SocketAddresses } from './socketAddress.ts';

/** Longest time of receiving within one turn of the event loop. */
const TURN_NS = 1e6;
/** Limit of distinct notes: every destination could have its own, and the first ones are enough. */
const MAX_REFUSALS = 20;

/** One socket and the state of its arrivals. */
interface LinuxPort extends Polled, Followed {
  readonly number: number;
  readonly local: Peer;
  readonly socket: OpenSocket;
  watch: Watch | undefined;
  /** Whether it is in the queue of ports to read. */
  queued: boolean;
  /** Whether its error queue must be read. */
  hasError: boolean;
  lastArrivalNs: number;
  closed: boolean;
}

export class LinuxTransport implements Transport {
  readonly name = 'linux';
  onBatch: (port: number, batch: DatagramBatch) => void = () => undefined;
  onSendFailure: (port: number, peer: Peer, datagrams: number) => void = () => undefined;
  onRefused: (port: number, peer: Peer, count: number) => void = () => undefined;
  /** Never: a send waits for room or returns that it was not accepted. */
  readonly congested = false;
  readonly #native: NativeSockets;
  readonly #clock: Clock;
  readonly #sockets: SocketMaker;
  readonly #errors: ErrorQueue;
  readonly #incoming: IncomingMessages;
  readonly #sender: Sender;
  readonly #ports = new PortTable<LinuxPort>();
  /** Ports with arrivals, in order. */
  readonly #ready: LinuxPort[] = [];
  readonly #refusals = new Set<string>();
  readonly #wait: PreciseWait;
  readonly #polled: PollSet<LinuxPort>;
  readonly #anticipation = new Anticipation();
  /** The smallest buffer that is smaller than requested. */
  #shortBuffer: { readonly bytes: number; readonly wantedBytes: number } | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(native: NativeSockets, clock: Clock) {
    this.#native = native;
    this.#clock = clock;
    const addresses = new SocketAddresses(native);
    this.#sockets = new SocketMaker(native, addresses);
    this.#incoming = new IncomingMessages(native, addresses);
    this.#wait = new PreciseWait(native, clock);
    this.#polled = new PollSet(native);
    this.#errors = new ErrorQueue(native, addresses);
    this.#sender = new Sender(native, addresses, this.#errors, (text) => this.#refused(text));
  }

  get unanswerable(): number {
    return this.#incoming.unanswerable;
  }

  async open(options: OpenOptions): Promise<number> {
    const host = isIP(options.host) === 0 ? await resolveHost(options) : options.host;
    return this.#open({ ...options, host });
  }

  openNow(options: OpenOptions): number | undefined {
    return isIP(options.host) === 0 ? undefined : this.#open(options);
  }

  /** `host` is numeric. */
  #open(options: OpenOptions): number {
    if (this.#closed) throw new Error('the transport is closed');
    const socket = this.#sockets.open(options);
    for (const text of socket.refusals) this.#refused(text);
    this.#noteBuffer(socket.receiveBufferBytes, wantedReceiveBytes(options));
    const port = this.#ports.add((number) => ({
      number,
      local: socket.local,
      socket,
      watch: undefined,
      queued: false,
      hasError: false,
      pollSlot: -1,
      soon: 0,
      lastArrivalNs: this.#clock.nowNs(),
      closed: false,
    }));
    port.watch = this.#native.watch(socket.fd, (hasError) => {
      port.hasError ||= hasError && socket.refused !== null;
      this.#enqueue(port);
    });
    if (options.keepsAlive === false) port.watch.unref();
    this.#polled.add(port);
    return port.number;
  }

  localPeer(port: number): Peer {
    return this.#ports.localPeer(port);
  }

  send(number: number, peer: Peer, batch: DatagramBatch, from: number, to: number): number {
    const port = this.#ports.find(number);
    // A datagram may have source port 0, but nothing can be sent there.
    if (port === undefined || this.#closed || peer.port === 0) return 0;
    const taken = this.#sender.send(port.socket, peer, batch, from, to);
    // The sender is in the middle of a step, so refusals are reported in a later turn.
    if (port.socket.refused !== null && port.socket.refused.size > 0) this.#enqueue(port);
    return taken;
  }

  waitUntil(timeNs: number, maxNs: number, isExact: boolean): boolean {
    // It does not wait while a port is known to have arrivals, or while the event loop has a turn to take.
    if (this.#ready.length > 0 || this.#sender.awaitsTurn || !this.#hearsAll) return false;
    const end = this.#isSoonReady(Math.min(timeNs, maxNs))
      ? 'ready'
      : this.#wait.until(timeNs, maxNs, this.#polled, isExact);
    if (end === 'ready') this.#polled.forEachReady(this.#readNow);
    return end === 'due';
  }

  handOver(looks: boolean): void {
    if (!looks || this.#closed || !this.#wait.spin(0, this.#polled)) return;
    this.#polled.forEachReady(this.#readNow);
  }

  closePort(number: number): void {
    if (this.#closed) return;
    const port = this.#ports.find(number);
    if (port === undefined) return;
    const { local, coalesces } = port.socket;
    this.#ports.close(number, { local, drops: this.kernelDrops(number), coalesces });
    this.#release(port);
  }

  kernelDrops(number: number): number | null {
    const port = this.#ports.find(number);
    if (port === undefined) return this.#ports.closed(number)?.drops ?? null;
    return this.#closed ? null : this.#sockets.drops(port.socket.fd);
  }

  coalesces(number: number): boolean {
    return (this.#ports.find(number)?.socket ?? this.#ports.closed(number))?.coalesces ?? false;
  }

  notes(): readonly string[] {
    const notes = ['UDP by batched system calls; datagrams that the kernel joined have one arrival time'];
    if (this.#shortBuffer !== undefined) {
      const { bytes, wantedBytes } = this.#shortBuffer;
      notes.push(`a receive buffer has ${bytes} bytes instead of ${wantedBytes}: raise net.core.rmem_max`);
    }
    const { cut, unanswerable } = this.#incoming;
    if (unanswerable > 0) notes.push(describeUnanswerable(unanswerable));
    if (cut > 0) notes.push(`what the kernel had to say about ${cut} of its buffers was cut off`);
    return [...notes, ...this.#refusals];
  }

  /** What the kernel refused so far, and the fallback used; also part of the notes. */
  refusals(): readonly string[] {
    return [...this.#refusals];
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearImmediate(this.#immediate);
    for (const port of this.#ports.values()) this.#release(port);
    this.#sender.close();
  }

  #noteBuffer(bytes: number, wantedBytes: number): void {
    if (bytes < wantedBytes && bytes < (this.#shortBuffer?.bytes ?? Number.POSITIVE_INFINITY))
      this.#shortBuffer = { bytes, wantedBytes };
  }

  #release(port: LinuxPort): void {
    port.closed = true;
    this.#polled.remove(port);
    // The watch is closed first: a closed descriptor may be reused at once.
    port.watch?.close();
    this.#native.close(port.socket.fd);
  }

  /** Polls for an arrival that is expected soon. */
  #isSoonReady(maxNs: number): boolean {
    const nowNs = this.#clock.nowNs();
    const untilNs = Math.min(this.#anticipation.untilNs(nowNs), maxNs);
    if (untilNs <= nowNs) return false;
    const isReady = this.#wait.spin(untilNs, this.#polled);
    this.#anticipation.spend(this.#clock.nowNs() - nowNs);
    return isReady;
  }

  /** Whether a wait on the spot ends with an arrival at any port. */
  get #hearsAll(): boolean {
    return this.#polled.hearsAll || this.#ports.size <= MAX_POLLED;
  }

  /** Reads a port once, in a wait on the spot; what is left waits for the event loop, as everything else does. */
  readonly #readNow = (port: LinuxPort, hasError: boolean): void => {
    if (this.#closed) return;
    port.hasError ||= hasError && port.socket.refused !== null;
    if (this.#read(port)) this.#enqueue(port);
  };

  #refused(text: string): void {
    if (this.#refusals.size < MAX_REFUSALS) this.#refusals.add(text);
  }

  /** Ports are read in an immediate, where promises and exceptions work as usual. */
  #enqueue(port: LinuxPort): void {
    if (port.queued || this.#closed) return;
    port.queued = true;
    this.#ready.push(port);
    this.#immediate ??= setImmediate(() => this.#readInTurn());
  }

  /**
   * Reads the ready ports in turn, one system call each, until all are empty or the time is over, but at least once
   * each: the event loop reports unread ports again in every turn, which is expensive with hundreds of ports.
   */
  #readInTurn(): void {
    this.#immediate = undefined;
    const ready = this.#ready;
    const endNs = this.#clock.nowNs() + TURN_NS;
    let unread = ready.length;
    for (let port = ready.shift(); port !== undefined; port = ready.shift()) {
      if (!port.closed && this.#read(port)) ready.push(port);
      else port.queued = false;
      if (this.#closed) return;
      unread -= 1;
      if (unread <= 0 && this.#clock.nowNs() > endNs) break;
    }
    if (ready.length > 0) this.#immediate = setImmediate(() => this.#readInTurn());
  }

  #tellRefusals(port: LinuxPort, refused: Map<Peer, number>): void {
    const told = [...refused];
    refused.clear();
    for (const [peer, count] of told)
      if (!this.#closed && !port.closed) this.onRefused(port.number, peer, count);
  }

  /** Reads with one system call. False when the port seems empty; its watch reports it again if it is not. */
  #read(port: LinuxPort): boolean {
    const incoming = this.#incoming;
    const { batch } = incoming;
    const { fd, refused } = port.socket;
    if (port.hasError && refused !== null) {
      port.hasError = false;
      this.#errors.read(fd, refused);
    }
    const slots = incoming.receive(fd);
    let goesOn = slots === SLOTS || slots === -EINTR;
    if (slots < 0 && slots !== -EAGAIN && refused !== null) goesOn ||= this.#errors.read(fd, refused) > 0;
    if (refused !== null && refused.size > 0) this.#tellRefusals(port, refused);
    if (slots <= 0 || this.#closed || port.closed) return goesOn && !port.closed;
    this.#polled.add(port);
    const nowNs = this.#clock.nowNs();
    let isFirst = true;
    while (incoming.fill(nowNs, port.lastArrivalNs)) {
      if (isFirst) this.#anticipation.noteArrival(port, batch.timesNs[0] as number);
      isFirst = false;
      port.lastArrivalNs = batch.timesNs[batch.count - 1] as number;
      this.onBatch(port.number, batch);
      if (this.#closed || port.closed) return false;
    }
    return goesOn;
  }
}

async function resolveHost(options: OpenOptions): Promise<string> {
  try {
    return (await lookup(options.host, { family: 4 })).address;
  } catch (cause) {
    throw bindFailure(options, (cause as { code?: string }).code ?? 'unknown error', cause);
  }
}
