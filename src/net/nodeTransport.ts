/**
 * UDP by node:dgram: works everywhere. An edge module: it opens sockets.
 *
 * Sends go out in the order they were made; where more waits than a few megabytes, no more is taken until it has
 * left. What arrives in one turn of the event loop is handed over as one batch.
 * It never decides what to send and never drops anything on purpose.
 */
import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import { DatagramBatch, MAX_DATAGRAM_BYTES } from './batch.ts';
import type { Peer } from './batch.ts';
import { bindFailure } from './bindFailure.ts';
import type { Clock } from './clock.ts';
import { KernelDrops } from './kernelDrops.ts';
import type { TableReader } from './kernelDrops.ts';
import { PortTable } from './portTable.ts';
import { SEND_BUFFER_BYTES, wantedReceiveBytes } from './transport.ts';
import type { OpenOptions, Transport } from './transport.ts';

const BATCH_DATAGRAMS = 256;
const BATCH_BYTES = 512 * 1024;
/** Room for datagrams that libuv has not sent yet. */
const RING_BYTES = 4 << 20;
/** Once so much may wait, it is asked how much does. */
const MAX_UNASKED_BYTES = RING_BYTES / 2;
/** Where so much waits, no more is taken: the rest is refused, as a kernel refuses it. */
const MAX_QUEUED_BYTES = 4 << 20;
/** What a waiting datagram takes besides its bytes. */
const REQUEST_BYTES = 512;
/** Interned peers; a port scanner must not fill the memory. */
const MAX_PEERS = 65_536;

/** Closing a socket takes tens of microseconds, and those that stand are not to wait for a thousand. */
const MAX_LEAVING_A_TURN = 64;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The last host looked up: a stream asks for the same one again and again. */
let lastHost = '';
let lastFamily = 0;

/** dgram looks up even numeric addresses, a turn later; answering at once keeps sends synchronous and in order. */
const lookup = ((hostname: string, options: object, callback: (...result: unknown[]) => void): void => {
  const family = hostname === lastHost ? lastFamily : isIP(hostname);
  lastHost = hostname;
  lastFamily = family;
  if (family === 0) systemLookup(hostname, options, callback as never);
  else callback(null, hostname, family);
}) as never;

type SentCallback = (error: Error | null) => void;

/** One socket, and who was last heard on it. */
class NodePort {
  closed = false;
  lastAddress = '';
  lastPort = -1;
  lastPeer: Peer = { address: '', port: -1 };
  /** What libuv held of it when it was last asked, bytes; and whether more was sent since. */
  queuedBytes = 0;
  sentSince = false;
  /** Of sends to each peer, and of control to any. */
  readonly callbacks = new Map<Peer, SentCallback>();
  controlCallback: SentCallback | undefined;
  readonly number: number;
  readonly socket: Socket;
  readonly local: Peer;

  constructor(number: number, socket: Socket) {
    this.number = number;
    this.socket = socket;
    const { address, port } = socket.address();
    this.local = { address, port };
  }
}

export class NodeTransport implements Transport {
  readonly name = 'node';
  onBatch: (port: number, batch: DatagramBatch) => void = () => undefined;
  onSendFailure: (port: number, peer: Peer, datagrams: number) => void = () => undefined;
  readonly #clock: Clock;
  readonly #notes: readonly string[];
  readonly #ports = new PortTable<NodePort>();
  /** Ports that are closed but for their sockets: what the kernel dropped there is being read. */
  readonly #leaving = new Map<number, NodePort>();
  #leavingTogether = false;
  readonly #drops: KernelDrops;
  /** What has arrived and is not handed over yet, all on one port: thousands of ports need no more memory than one. */
  readonly #received = new DatagramBatch(BATCH_DATAGRAMS, BATCH_BYTES + MAX_DATAGRAM_BYTES);
  #receivedOn: NodePort | undefined;
  #handOverPending = false;
  readonly #peers = new Map<string, Peer>();
  readonly #ring = Buffer.allocUnsafeSlow(RING_BYTES);
  #ringAt = 0;
  /** Views of the ring, in the order of sending since it was last begun anew; what waits in it bounds their number. */
  readonly #views: Buffer[] = [];
  #viewed = 0;
  #unsent = 0;
  /** Bytes offered since everything was last known to be sent: an upper bound of what libuv still holds. */
  #unsentBytes = 0;
  /** What libuv holds of all ports, as far as was asked, and the ports to ask again. */
  #queuedBytes = 0;
  readonly #sentSince: NodePort[] = [];
  #closed = false;

  /**
   * @param whyNotBatched why this transport stands in for the batched one; empty when it was asked for
   * @param tables of the kernel; for tests
   */
  constructor(clock: Clock, whyNotBatched = '', tables?: TableReader) {
    this.#clock = clock;
    this.#drops = new KernelDrops(tables);
    const headline =
      'UDP by node:dgram, one system call a datagram; arrivals have the time they were read at';
    this.#notes = whyNotBatched === '' ? [headline] : [headline, `no batched system calls: ${whyNotBatched}`];
  }

  get congested(): boolean {
    return this.#isBehind() && this.#queuedBytes > MAX_QUEUED_BYTES / 2;
  }

  async open(options: OpenOptions): Promise<number> {
    // It may be the port of one of them that is wanted.
    if (options.port !== 0) this.#leaveNow();
    const family = isIP(options.host) === 6 ? 'udp6' : 'udp4';
    const socket = createSocket({ type: family, lookup });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (cause) => {
        socket.close();
        reject(bindFailure(options, (cause as { code?: string }).code ?? 'unknown error', cause));
      });
      socket.bind({ address: options.host, port: options.port, exclusive: true }, () => {
        socket.removeAllListeners('error');
        resolve();
      });
    });
    // A send that fails is reported to its own callback; anything else here concerns no datagram of ours.
    socket.on('error', () => undefined);
    growBuffers(socket, wantedReceiveBytes(options));
    const port = this.#ports.add((number) => new NodePort(number, socket));
    socket.on('message', (bytes, from) => this.#take(port, bytes, from));
    return port.number;
  }

  localPeer(port: number): Peer {
    return this.#ports.localPeer(port);
  }

  send(number: number, peer: Peer, batch: DatagramBatch, from: number, to: number): number {
    const port = this.#ports.find(number);
    return port === undefined ? 0 : this.#send(port, peer, batch, from, to, this.#callback(port, peer));
  }

  sendControl(number: number, peer: Peer, batch: DatagramBatch, from: number, to: number): number {
    const port = this.#ports.find(number);
    return port === undefined ? 0 : this.#send(port, peer, batch, from, to, this.#controlCallback(port));
  }

  closePort(number: number): void {
    if (this.#closed) return;
    const port = this.#ports.find(number);
    if (port === undefined) return;
    this.#ports.close(number, { local: port.local, drops: null, coalesces: false });
    port.closed = true;
    this.#queuedBytes -= port.queuedBytes;
    port.queuedBytes = 0;
    if (port.sentSince) this.#sentSince.splice(this.#sentSince.indexOf(port), 1);
    this.#leaving.set(number, port);
    if (!this.#leavingTogether) void this.#leaveTogether();
  }

  kernelDrops(number: number): number | null {
    const port = this.#ports.find(number) ?? this.#leaving.get(number);
    if (port === undefined) return this.#ports.closed(number)?.drops ?? null;
    return this.#drops.now(port.local);
  }

  coalesces(port: number): boolean {
    this.#ports.find(port);
    return false;
  }

  notes(): readonly string[] {
    return this.#notes;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#leaveNow();
    this.#closed = true;
    const closings = Array.from(this.#ports.values(), (port) => {
      port.closed = true;
      return new Promise<void>((resolve) => {
        port.socket.close(() => resolve());
      });
    });
    await Promise.all(closings);
  }

  /** Closes sockets once it is known what was dropped at them; those that one step closes are read together. */
  async #leaveTogether(): Promise<void> {
    this.#leavingTogether = true;
    await nextTurn();
    while (this.#leaving.size > 0) {
      const ports = [...this.#leaving.values()];
      const drops = await this.#drops.later(ports.map(({ local }) => local));
      for (const [k, port] of ports.entries()) {
        this.#leave(port, drops[k] ?? null);
        if (k % MAX_LEAVING_A_TURN === MAX_LEAVING_A_TURN - 1) await nextTurn();
      }
    }
    this.#leavingTogether = false;
  }

  #leaveNow(): void {
    for (const port of this.#leaving.values()) this.#leave(port, this.#drops.now(port.local));
  }

  #leave(port: NodePort, drops: number | null): void {
    if (!this.#leaving.delete(port.number)) return;
    this.#ports.close(port.number, { local: port.local, drops, coalesces: false });
    port.socket.close();
  }

  #send(
    port: NodePort,
    peer: Peer,
    batch: DatagramBatch,
    from: number,
    to: number,
    sent: SentCallback,
  ): number {
    // A datagram may state any source port, 0 too, but none can be sent there.
    if (this.#closed || peer.port === 0 || from >= to) return 0;
    const { socket } = port;
    const { offsets, lengths } = batch;
    if (this.#isBehind() && this.#queuedBytes > MAX_QUEUED_BYTES) return 0;
    const start = offsets[from] as number;
    const span = batch.bytes.subarray(start, (offsets[to - 1] as number) + (lengths[to - 1] as number));
    const at = this.#reserve(span.length);
    // Rows lie one after the other in the arena, so one copy serves them all.
    const copy = at < 0 ? Buffer.from(span) : this.#ring;
    if (at >= 0) copy.set(span, at);
    const base = Math.max(at, 0) - start;
    this.#unsent += to - from;
    this.#unsentBytes += span.length + (to - from) * REQUEST_BYTES;
    if (!port.sentSince) {
      port.sentSince = true;
      this.#sentSince.push(port);
    }
    for (let row = from; row < to; row += 1) {
      const first = base + (offsets[row] as number);
      const lengthBytes = lengths[row] as number;
      const view = at >= 0 ? this.#view(first, lengthBytes) : copy.subarray(first, first + lengthBytes);
      socket.send(view, peer.port, peer.address, sent);
    }
    return to - from;
  }

  /**
   * Whether libuv still holds much of what was offered. What the kernel took at once is told only after the present
   * step, which may send to a thousand peers: so where much was offered, libuv is asked.
   */
  #isBehind(): boolean {
    if (this.#unsentBytes <= MAX_UNASKED_BYTES) return false;
    for (const port of this.#sentSince) {
      port.sentSince = false;
      this.#ask(port);
    }
    this.#sentSince.length = 0;
    if (this.#queuedBytes === 0) this.#allSent();
    return this.#queuedBytes > 0;
  }

  #ask(port: NodePort): void {
    if (port.closed) return;
    const { socket } = port;
    const queuedBytes = socket.getSendQueueSize() + socket.getSendQueueCount() * REQUEST_BYTES;
    this.#queuedBytes += queuedBytes - port.queuedBytes;
    port.queuedBytes = queuedBytes;
  }

  #allSent(): void {
    this.#unsentBytes = 0;
    this.#viewed = 0;
    // The start of the ring is still in the processor's cache; the rest of it is not.
    this.#ringAt = 0;
  }

  /** Of the ring. Datagrams of one length lie where others lay before, and making a view costs more than its bytes. */
  #view(first: number, lengthBytes: number): Buffer {
    const index = this.#viewed;
    this.#viewed = index + 1;
    const known = this.#views[index];
    if (known !== undefined && known.byteOffset === first && known.length === lengthBytes) return known;
    const view = this.#ring.subarray(first, first + lengthBytes);
    this.#views[index] = view;
    return view;
  }

  /**
   * Where in the ring a batch may be copied, or −1 when it must have a copy of its own. Unsent bytes fill at most
   * half of the ring and one batch at most a quarter, so what is written never reaches what is still unsent.
   */
  #reserve(lengthBytes: number): number {
    if (this.#unsentBytes > MAX_UNASKED_BYTES || lengthBytes > RING_BYTES / 4) return -1;
    if (this.#ringAt + lengthBytes > RING_BYTES) this.#ringAt = 0;
    const at = this.#ringAt;
    this.#ringAt += lengthBytes;
    return at;
  }

  /** The callback of every send to one peer: made once, so that a send allocates none. */
  #callback(port: NodePort, peer: Peer): SentCallback {
    let callback = port.callbacks.get(peer);
    if (callback === undefined) {
      if (isIP(peer.address) === 0)
        throw new Error(`a peer's address is a number, not a name such as ${peer.address}`);
      if (port.callbacks.size >= MAX_PEERS) port.callbacks.clear();
      callback = (error) => {
        this.#sent(port);
        if (error !== null) this.onSendFailure(port.number, peer, 1);
      };
      port.callbacks.set(peer, callback);
    }
    return callback;
  }

  #controlCallback(port: NodePort): SentCallback {
    port.controlCallback ??= () => this.#sent(port);
    return port.controlCallback;
  }

  #sent(port: NodePort): void {
    this.#unsent -= 1;
    if (this.#unsent === 0) this.#allSent();
    if (port.queuedBytes > 0) this.#ask(port);
  }

  #intern(address: string, port: number): Peer {
    const key = `${address}|${port}`;
    let peer = this.#peers.get(key);
    if (peer === undefined) {
      if (this.#peers.size >= MAX_PEERS) this.#peers.clear();
      peer = { address, port };
      this.#peers.set(key, peer);
    }
    return peer;
  }

  #take(port: NodePort, bytes: Buffer, from: RemoteInfo): void {
    if (port.closed) return;
    if (from.port !== port.lastPort || from.address !== port.lastAddress) {
      port.lastPort = from.port;
      port.lastAddress = from.address;
      port.lastPeer = this.#intern(from.address, from.port);
    }
    const received = this.#received;
    if (this.#receivedOn !== port || !received.fits(bytes.length)) this.#handOver();
    this.#receivedOn = port;
    received.append(bytes, 0, bytes.length, this.#clock.nowNs(), port.lastPeer);
    if (this.#handOverPending) return;
    this.#handOverPending = true;
    setImmediate(() => {
      this.#handOverPending = false;
      this.#handOver();
    });
  }

  #handOver(): void {
    const received = this.#received;
    if (received.count === 0) return;
    const port = this.#receivedOn;
    if (port?.closed === false && !this.#closed) this.onBatch(port.number, received);
    received.clear();
  }
}

function growBuffers(socket: Socket, receiveBytes: number): void {
  // The kernel caps what it grants and says nothing; a refusal leaves the default, which works too.
  for (const grow of [
    () => socket.setRecvBufferSize(receiveBytes),
    () => socket.setSendBufferSize(SEND_BUFFER_BYTES),
  ]) {
    try {
      grow();
    } catch {
      continue;
    }
  }
}
