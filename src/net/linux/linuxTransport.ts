/**
 * UDP by batched system calls: one call moves many datagrams, and the kernel joins and cuts them (UDP_SEGMENT,
 * UDP_GRO). An edge module: it opens sockets.
 *
 * It does what node.ts does, faster, and arrival times are the kernel's own. Sends are synchronous and in order.
 * It never decides what to send and never drops anything on purpose.
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
import { ErrorQueue } from './errorQueue.ts';
import { IncomingMessages, SLOTS } from './incoming.ts';
import type { NativeSockets, Watch } from './native.ts';
import { PreciseWait } from './ppoll.ts';
import { Sender } from './sender.ts';
import { SocketMaker } from './socket.ts';
import type { OpenSocket } from './socket.ts';
import { SocketAddresses } from './socketAddress.ts';

/** Receiving gives way to timers and to the rest of the event loop after this long. */
const TURN_NS = 1e6;
/** Each destination could have one of its own; the first ones tell the story. */
const MAX_REFUSALS = 20;

/** One socket, and where its arrivals stand. */
interface LinuxPort {
  readonly number: number;
  readonly local: Peer;
  readonly socket: OpenSocket;
  watch: Watch | undefined;
  /** Whether it is in the queue of ports to read from. */
  queued: boolean;
  /** Whether its error queue is to be read, too. */
  hasError: boolean;
  lastArrivalNs: number;
  closed: boolean;
}

export class LinuxTransport implements Transport {
  readonly name = 'linux';
  onBatch: (port: number, batch: DatagramBatch) => void = () => undefined;
  onSendFailure: (port: number, peer: Peer, datagrams: number) => void = () => undefined;
  onRefused: (port: number, peer: Peer, count: number) => void = () => undefined;
  /** Never: a send that finds no room waits for it, or says that it was not taken. */
  readonly congested = false;
  readonly #native: NativeSockets;
  readonly #clock: Clock;
  readonly #sockets: SocketMaker;
  readonly #errors: ErrorQueue;
  readonly #incoming: IncomingMessages;
  readonly #sender: Sender;
  readonly #ports = new PortTable<LinuxPort>();
  /** Ports with arrivals, in turn. */
  readonly #ready: LinuxPort[] = [];
  readonly #refusals = new Set<string>();
  readonly #wait: PreciseWait;
  /** The smallest of the buffers that are smaller than was asked for. */
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
    this.#errors = new ErrorQueue(native, addresses);
    this.#sender = new Sender(native, addresses, this.#errors, (text) => this.#refused(text));
  }

  get unanswerable(): number {
    return this.#incoming.unanswerable;
  }

  async open(options: OpenOptions): Promise<number> {
    const host = isIP(options.host) === 0 ? await resolveHost(options) : options.host;
    if (this.#closed) throw new Error('the transport is closed');
    const socket = this.#sockets.open({ ...options, host });
    for (const text of socket.refusals) this.#refused(text);
    this.#noteBuffer(socket.receiveBufferBytes, wantedReceiveBytes(options));
    const port = this.#ports.add((number) => ({
      number,
      local: socket.local,
      socket,
      watch: undefined,
      queued: false,
      hasError: false,
      lastArrivalNs: this.#clock.nowNs(),
      closed: false,
    }));
    port.watch = this.#native.watch(socket.fd, (hasError) => {
      port.hasError ||= hasError && socket.refused !== null;
      this.#enqueue(port);
    });
    return port.number;
  }

  localPeer(port: number): Peer {
    return this.#ports.localPeer(port);
  }

  send(number: number, peer: Peer, batch: DatagramBatch, from: number, to: number): number {
    const port = this.#ports.find(number);
    // A datagram may state any source port, 0 too, but none can be sent there.
    if (port === undefined || this.#closed || peer.port === 0) return 0;
    const taken = this.#sender.send(port.socket, peer, batch, from, to);
    // Who sends is in the middle of something: it is told in a turn of its own.
    if (port.socket.refused !== null && port.socket.refused.size > 0) this.#enqueue(port);
    return taken;
  }

  waitUntil(timeNs: number, mostNs: number, isExact: boolean): boolean {
    // What has been noticed and not read yet is not for waiting.
    return this.#ready.length === 0 && this.#wait.until(timeNs, mostNs, this.#openSockets(), isExact);
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

  /** What the kernel refused so far, and what was done instead; the notes have it, too. */
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
    // In this order: a descriptor that is closed while it is watched may be another's the next moment.
    port.watch?.close();
    this.#native.close(port.socket.fd);
  }

  *#openSockets(): Generator<number> {
    for (const { socket } of this.#ports.values()) yield socket.fd;
  }

  #refused(text: string): void {
    if (this.#refusals.size < MAX_REFUSALS) this.#refusals.add(text);
  }

  /** Reading waits for the immediate, where promises and exceptions are handled as everywhere. */
  #enqueue(port: LinuxPort): void {
    if (port.queued || this.#closed) return;
    port.queued = true;
    this.#ready.push(port);
    this.#immediate ??= setImmediate(() => this.#readInTurn());
  }

  /**
   * One system call for each ready port in turn, until all are empty or time is up; but one for each in any case. The
   * event loop tells of every unread port again each turn, and where there are hundreds that alone takes longer.
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

  /** Takes what one system call gives. False when the port has no more; were that wrong, its watch would tell. */
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
    const nowNs = this.#clock.nowNs();
    while (incoming.fill(nowNs, port.lastArrivalNs)) {
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
