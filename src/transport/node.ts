/**
 * UDP by node:dgram: works everywhere. An edge module: it opens sockets.
 *
 * Sends go out in the order they were made. What arrives in one turn of the event loop is handed over as one batch.
 * It never decides what to send and never drops anything on purpose.
 */
import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import { DatagramBatch, MAX_DATAGRAM_BYTES } from '../stream/batch.ts';
import type { Peer } from '../stream/batch.ts';
import { bindFailure } from './bindFailure.ts';
import type { Clock } from './clock.ts';
import { readKernelDrops } from './kernelDrops.ts';
import { RECEIVE_BUFFER_BYTES, SEND_BUFFER_BYTES } from './transport.ts';
import type { OpenOptions, Transport } from './transport.ts';

const BATCH_DATAGRAMS = 256;
const BATCH_BYTES = 512 * 1024;
/** Room for datagrams that libuv has not sent yet; beyond half of it the port counts as congested. */
const RING_BYTES = 4 << 20;
/** Interned peers; a port scanner must not fill the memory. */
const MOST_PEERS = 65_536;

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

/** One socket, and who was last heard on it. */
class NodePort {
  closed = false;
  /** What the kernel had dropped when the port was closed. */
  dropsAtClose: number | null = null;
  lastAddress = '';
  lastPort = -1;
  lastPeer: Peer = { address: '', port: -1 };
  readonly socket: Socket;
  readonly local: Peer;

  constructor(socket: Socket) {
    this.socket = socket;
    const { address, port } = socket.address();
    this.local = { address, port };
  }
}

type SentCallback = (error: Error | null) => void;

export class NodeTransport implements Transport {
  readonly name = 'node';
  onBatch: (port: number, batch: DatagramBatch) => void = () => undefined;
  onSendFailure: (port: number, peer: Peer, datagrams: number) => void = () => undefined;
  readonly #clock: Clock;
  readonly #notes: readonly string[];
  readonly #ports: NodePort[] = [];
  /** What has arrived and is not handed over yet, all on one port: thousands of ports need no more memory than one. */
  readonly #received = new DatagramBatch(BATCH_DATAGRAMS, BATCH_BYTES + MAX_DATAGRAM_BYTES);
  #receivedOn = 0;
  #handOverPending = false;
  readonly #peers = new Map<string, Peer>();
  readonly #callbacks: Map<Peer, SentCallback>[] = [];
  readonly #ring = Buffer.allocUnsafeSlow(RING_BYTES);
  #ringAt = 0;
  #unsent = 0;
  /** Bytes offered since everything was last known to be sent: an upper bound of what libuv still holds. */
  #unsentBytes = 0;
  #closed = false;

  /** @param whyNotBatched why this transport stands in for the batched one; empty when it was asked for */
  constructor(clock: Clock, whyNotBatched = '') {
    this.#clock = clock;
    const headline =
      'UDP by node:dgram, one system call a datagram; arrivals have the time they were read at';
    this.#notes = whyNotBatched === '' ? [headline] : [headline, `no batched system calls: ${whyNotBatched}`];
  }

  get congested(): boolean {
    return this.#unsentBytes > RING_BYTES / 2;
  }

  async open(options: OpenOptions): Promise<number> {
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
    growBuffers(socket);
    const number = this.#ports.length;
    const port = new NodePort(socket);
    this.#ports.push(port);
    this.#callbacks.push(new Map());
    socket.on('message', (bytes, from) => this.#take(number, port, bytes, from));
    return number;
  }

  localPeer(port: number): Peer {
    return this.#port(port).local;
  }

  send(port: number, peer: Peer, batch: DatagramBatch, from: number, to: number): number {
    // A datagram may state any source port, 0 too, but none can be sent there.
    if (this.#closed || peer.port === 0 || from >= to) return 0;
    const { socket, closed } = this.#port(port);
    if (closed) return 0;
    const sent = this.#sentCallback(port, peer);
    const { offsets, lengths } = batch;
    const start = offsets[from] as number;
    const span = batch.bytes.subarray(start, (offsets[to - 1] as number) + (lengths[to - 1] as number));
    const at = this.#reserve(span.length);
    // Rows lie one after the other in the arena, so one copy serves them all.
    const copy = at < 0 ? Buffer.from(span) : this.#ring;
    if (at >= 0) copy.set(span, at);
    const base = Math.max(at, 0) - start;
    this.#unsent += to - from;
    this.#unsentBytes += span.length;
    for (let row = from; row < to; row += 1) {
      socket.send(
        copy,
        base + (offsets[row] as number),
        lengths[row] as number,
        peer.port,
        peer.address,
        sent,
      );
    }
    return to - from;
  }

  closePort(number: number): void {
    const port = this.#port(number);
    if (port.closed || this.#closed) return;
    port.dropsAtClose = this.kernelDrops(number);
    port.closed = true;
    this.#callbacks[number]?.clear();
    port.socket.close();
  }

  kernelDrops(number: number): number | null {
    const port = this.#port(number);
    return port.closed ? port.dropsAtClose : readKernelDrops(port.local.address, port.local.port);
  }

  coalesces(port: number): boolean {
    this.#port(port);
    return false;
  }

  notes(): readonly string[] {
    return this.#notes;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all(
      this.#ports
        .filter(({ closed }) => !closed)
        .map(
          ({ socket }) =>
            new Promise<void>((resolve) => {
              socket.close(() => resolve());
            }),
        ),
    );
  }

  #port(number: number): NodePort {
    const port = this.#ports[number];
    if (port === undefined) throw new Error(`port ${number} was never opened`);
    return port;
  }

  /**
   * Where in the ring a batch may be copied, or −1 when it must have a copy of its own. Unsent bytes fill at most
   * half of the ring and one batch at most a quarter, so what is written never reaches what is still unsent.
   */
  #reserve(lengthBytes: number): number {
    if (this.congested || lengthBytes > RING_BYTES / 4) return -1;
    if (this.#ringAt + lengthBytes > RING_BYTES) this.#ringAt = 0;
    const at = this.#ringAt;
    this.#ringAt += lengthBytes;
    return at;
  }

  /** The callback of every send to one peer: made once, so that a send allocates none. */
  #sentCallback(port: number, peer: Peer): SentCallback {
    const known = this.#callbacks[port] as Map<Peer, SentCallback>;
    let callback = known.get(peer);
    if (callback === undefined) {
      if (known.size >= MOST_PEERS) known.clear();
      callback = (error) => {
        this.#unsent -= 1;
        if (this.#unsent === 0) {
          this.#unsentBytes = 0;
          // The start of the ring is still in the processor's cache; the rest of it is not.
          this.#ringAt = 0;
        }
        if (error !== null) this.onSendFailure(port, peer, 1);
      };
      known.set(peer, callback);
    }
    return callback;
  }

  #intern(address: string, port: number): Peer {
    const key = `${address}|${port}`;
    let peer = this.#peers.get(key);
    if (peer === undefined) {
      if (this.#peers.size >= MOST_PEERS) this.#peers.clear();
      peer = { address, port };
      this.#peers.set(key, peer);
    }
    return peer;
  }

  #take(number: number, port: NodePort, bytes: Buffer, from: RemoteInfo): void {
    if (from.port !== port.lastPort || from.address !== port.lastAddress) {
      port.lastPort = from.port;
      port.lastAddress = from.address;
      port.lastPeer = this.#intern(from.address, from.port);
    }
    const received = this.#received;
    if (this.#receivedOn !== number || !received.fits(bytes.length)) this.#handOver();
    this.#receivedOn = number;
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
    const number = this.#receivedOn;
    if (!this.#closed && !this.#port(number).closed) this.onBatch(number, received);
    received.clear();
  }
}

function growBuffers(socket: Socket): void {
  // The kernel caps what it grants and says nothing; a refusal leaves the default, which works too.
  for (const grow of [
    () => socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES),
    () => socket.setSendBufferSize(SEND_BUFFER_BYTES),
  ]) {
    try {
      grow();
    } catch {
      continue;
    }
  }
}
