/**
 * The UDP transport on node:dgram, which works everywhere.
 *
 * Datagrams are sent in order; while more than a few megabytes wait, no more are accepted. Arrivals of one turn of the
 * event loop are delivered as one batch; one that comes alone is delivered at once. It never drops anything on purpose.
 */
import type { RemoteInfo, Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { formatHostPort } from '../base/quantities.ts';
import { Anticipation } from './anticipation.ts';
import type { Followed } from './anticipation.ts';
import { DatagramBatch, MAX_DATAGRAM_BYTES } from './batch.ts';
import type { Peer } from './batch.ts';
import type { Clock } from './clock.ts';
import { KernelDrops } from './kernelDrops.ts';
import type { TableReader } from './kernelDrops.ts';
import { openNodeSocket } from './nodeSocket.ts';
import type { OpenNodeSocket } from './nodeSocket.ts';
import { PortTable } from './portTable.ts';
import { SendBacklog } from './sendBacklog.ts';
import type { SendingSocket, SentCallback } from './sendBacklog.ts';
import { describeNoBroadcast, describeUnanswerable } from './transport.ts';
import type { OpenOptions, Transport } from './transport.ts';

const BATCH_DATAGRAMS = 256;
const BATCH_BYTES = 512 * 1024;
/** Limit of interned peers: a port scanner must not fill the memory. */
const MAX_PEERS = 65_536;

/** Limit of distinct notes: every port could have its own, and the first ones are enough. */
const MAX_LACKS = 20;
/** Sockets closed per turn: closing takes tens of microseconds, and a thousand at once would delay the open sockets. */
const MAX_LEAVING_A_TURN = 64;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One socket and the last peer heard on it. */
class NodePort implements SendingSocket, Followed {
  closed = false;
  soon = 0;
  lastAddress = '';
  lastPort = -1;
  lastPeer: Peer = { address: '', port: -1 };
  queuedBytes = 0;
  sentSince = false;
  /** Send callbacks by peer, and one for control datagrams. */
  readonly callbacks = new Map<Peer, SentCallback>();
  controlCallback: SentCallback | undefined;
  readonly number: number;
  readonly socket: Socket;
  readonly local: Peer;
  readonly connectedTo: Peer | null;

  constructor(number: number, { socket, local, connectedTo }: OpenNodeSocket) {
    this.number = number;
    this.socket = socket;
    this.local = local;
    this.connectedTo = connectedTo;
  }
}

export class NodeTransport implements Transport {
  readonly name = 'node';
  onBatch: (port: number, batch: DatagramBatch) => void = () => undefined;
  onSendFailure: (port: number, peer: Peer, datagrams: number) => void = () => undefined;
  onRefused: (port: number, peer: Peer, count: number) => void = () => undefined;
  unanswerable = 0;
  readonly #clock: Clock;
  readonly #headlines: readonly string[];
  /** Missing features of any port, one sentence each. */
  readonly #lacks = new Set<string>();
  readonly #ports = new PortTable<NodePort>();
  /** Closed ports whose sockets are still open until the kernel's drop counter is read. */
  readonly #leaving = new Map<number, NodePort>();
  /** Their closing, while there are any. */
  #leavingTogether: Promise<void> | null = null;
  readonly #drops: KernelDrops;
  /** Arrivals that are not delivered yet, all of one port: thousands of ports need no more memory than one. */
  readonly #received = new DatagramBatch(BATCH_DATAGRAMS, BATCH_BYTES + MAX_DATAGRAM_BYTES);
  #receivedOn: NodePort | undefined;
  #handOverPending = false;
  /** Arrivals in this turn of the event loop, and in the last one with any. */
  #turnArrivals = 0;
  #lastTurnArrivals = 0;
  readonly #anticipation = new Anticipation();
  /** Since when and until when the event loop is kept from sleeping; NaN if it is not. */
  #awakeSinceNs = Number.NaN;
  #awakeUntilNs = Number.NaN;
  readonly #peers = new Map<string, Peer>();
  readonly #backlog = new SendBacklog();
  #closed = false;

  /**
   * @param whyNotBatched why this transport replaces the batched one; empty when it was chosen
   * @param tables of the kernel; for tests
   */
  constructor(clock: Clock, whyNotBatched = '', tables?: TableReader) {
    this.#clock = clock;
    this.#drops = new KernelDrops(tables);
    const headline =
      'UDP by node:dgram, one system call a datagram; arrivals have the time they were read at';
    this.#headlines =
      whyNotBatched === '' ? [headline] : [headline, `no batched system calls: ${whyNotBatched}`];
  }

  get congested(): boolean {
    return this.#backlog.congested;
  }

  async open(options: OpenOptions): Promise<number> {
    // The requested port may still be held by a socket that is about to close.
    if (options.port !== 0) this.#leaveNow();
    const opened = await openNodeSocket(options);
    if (this.#closed) {
      opened.socket.close();
      throw new Error('the transport is closed');
    }
    for (const text of opened.lacks) this.#lack(text);
    const port = this.#ports.add((number) => new NodePort(number, opened));
    port.socket.on('error', (cause) => this.#failed(port, cause));
    port.socket.on('message', (bytes, from) => this.#take(port, bytes, from));
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

  closePort(number: number): void | Promise<void> {
    if (this.#closed) return undefined;
    const port = this.#ports.find(number);
    if (port === undefined) return undefined;
    this.#ports.close(number, { local: port.local, drops: null, coalesces: false });
    port.closed = true;
    this.#backlog.forget(port);
    this.#leaving.set(number, port);
    this.#leavingTogether ??= this.#leaveTogether();
    return this.#leavingTogether;
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
    const notes = [...this.#headlines, ...this.#lacks];
    if (this.unanswerable > 0) notes.push(describeUnanswerable(this.unanswerable));
    return notes;
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

  /** Closes sockets after reading their drop counters; those closed in one step are read together. */
  async #leaveTogether(): Promise<void> {
    await nextTurn();
    while (this.#leaving.size > 0) {
      const ports = [...this.#leaving.values()];
      const drops = await this.#drops.later(ports.map(({ local }) => local));
      for (const [k, port] of ports.entries()) {
        this.#leave(port, drops[k] ?? null);
        if (k % MAX_LEAVING_A_TURN === MAX_LEAVING_A_TURN - 1) await nextTurn();
      }
    }
    this.#leavingTogether = null;
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
    // A datagram may have source port 0, but nothing can be sent there.
    if (this.#closed || peer.port === 0 || from >= to) return 0;
    const { connectedTo } = port;
    if (connectedTo !== null && (connectedTo.port !== peer.port || connectedTo.address !== peer.address))
      return 0;
    return this.#backlog.send(port, peer, batch, from, to, sent);
  }

  /** The callback for sends to one peer: made once, so that sends allocate none. */
  #callback(port: NodePort, peer: Peer): SentCallback {
    let callback = port.callbacks.get(peer);
    if (callback === undefined) {
      if (isIP(peer.address) === 0)
        throw new Error(`a peer's address is a number, not a name such as ${peer.address}`);
      if (port.callbacks.size >= MAX_PEERS) port.callbacks.clear();
      callback = (error) => {
        this.#backlog.sent(port);
        if (error === null) return;
        this.#failed(port, error, peer);
        this.onSendFailure(port.number, peer, 1);
      };
      port.callbacks.set(peer, callback);
    }
    return callback;
  }

  #controlCallback(port: NodePort): SentCallback {
    port.controlCallback ??= (error) => {
      this.#backlog.sent(port);
      if (error !== null) this.#failed(port, error);
    };
    return port.controlCallback;
  }

  /** A refusal by the peer of an earlier datagram; other socket errors are ignored. */
  #failed(port: NodePort, cause: NodeJS.ErrnoException, peer?: Peer): void {
    if (cause.code === 'ECONNREFUSED' && port.connectedTo !== null && !port.closed)
      this.onRefused(port.number, port.connectedTo, 1);
    if (cause.code === 'EACCES' && peer !== undefined)
      this.#lack(describeNoBroadcast(formatHostPort(peer.address, peer.port)));
  }

  #lack(text: string): void {
    if (this.#lacks.size < MAX_LACKS) this.#lacks.add(text);
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
    if (from.port === 0) {
      this.unanswerable += 1;
      return;
    }
    if (from.port !== port.lastPort || from.address !== port.lastAddress) {
      port.lastPort = from.port;
      port.lastAddress = from.address;
      port.lastPeer = this.#intern(from.address, from.port);
    }
    const received = this.#received;
    if (this.#receivedOn !== port || !received.fits(bytes.length)) this.handOver();
    this.#receivedOn = port;
    received.append(bytes, 0, bytes.length, this.#clock.nowNs(), port.lastPeer);
    this.#turnArrivals += 1;
    if (this.#handOverPending) return;
    this.#handOverPending = true;
    setImmediate(this.#endTurn);
    // Where datagrams come one by one, waiting for more of them only costs time.
    if (this.#lastTurnArrivals <= 1) this.handOver();
  }

  readonly #endTurn = (): void => {
    this.#handOverPending = false;
    this.#lastTurnArrivals = this.#turnArrivals;
    this.#turnArrivals = 0;
    this.handOver();
    this.#stayAwake();
  };

  /** Takes turns of the event loop without a sleep while the next arrival is expected soon. */
  #stayAwake(): void {
    const nowNs = this.#clock.nowNs();
    const untilNs = this.#anticipation.untilNs(nowNs);
    if (untilNs <= nowNs || this.#closed) return;
    this.#awakeUntilNs = untilNs;
    if (!Number.isNaN(this.#awakeSinceNs)) return;
    this.#awakeSinceNs = nowNs;
    setImmediate(this.#turnAwake);
  }

  readonly #turnAwake = (): void => {
    const nowNs = this.#clock.nowNs();
    if (nowNs < this.#awakeUntilNs && !this.#closed) {
      setImmediate(this.#turnAwake);
      return;
    }
    this.#anticipation.spend(nowNs - this.#awakeSinceNs);
    this.#awakeSinceNs = Number.NaN;
  };

  handOver(): void {
    const received = this.#received;
    if (received.count === 0) return;
    const port = this.#receivedOn;
    if (port?.closed === false && !this.#closed) {
      this.#anticipation.noteArrival(port, received.timesNs[0] as number);
      this.onBatch(port.number, received);
    }
    received.clear();
  }
}
