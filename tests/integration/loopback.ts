/** For tests on real sockets: loopback, ports the system picks, and waits that end. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import type { Log } from '../../src/files/logFile.ts';
import { startClient } from '../../src/service/startClient.ts';
import type { ClientRun, RunningClient } from '../../src/service/startClient.ts';
import { startServer } from '../../src/service/startServer.ts';
import type { RunningServer, ServerRun } from '../../src/service/startServer.ts';
import type { Peer } from '../../src/net/batch.ts';
import { MatchSource } from '../../src/stream/matchSource.ts';
import { MonotonicClock } from '../../src/net/clock.ts';

export const MS = 1e6;

/**
 * How long a test waits for what must come: only a test that fails waits so long. On a machine with six times the work
 * it has processors for, what takes a second has been seen to take twenty.
 */
export const PATIENCE_MS = 60_000;

/** Rejects when the promise takes longer than it may. */
export async function within<T>(limitMs: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not after ${limitMs} ms`)), limitMs);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Waits until something holds, looking at it again and again. */
export async function until(limitMs: number, what: string, holds: () => boolean): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`${what}: not after ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A log that is kept in memory. */
export class KeptLog implements Log {
  readonly lines: string[] = [];
  readonly complaint = null;

  line(_atNs: number, text: string): void {
    this.lines.push(text);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A plain socket that keeps what it hears. */
export class Plain {
  readonly heard: Buffer[] = [];
  readonly from: Peer[] = [];
  readonly socket: Socket;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('message', (bytes, { address, port }) => {
      this.heard.push(Buffer.from(bytes));
      this.from.push({ address, port });
    });
  }

  static async open(host = '127.0.0.1'): Promise<Plain> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind({ address: host, port: 0 }, resolve);
    });
    return new Plain(socket);
  }

  get local(): Peer {
    const { address, port } = this.socket.address();
    return { address, port };
  }

  async send(to: Peer, bytes: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.socket.send(bytes, to.port, to.address, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.socket.close(resolve);
    });
  }
}

/** A hundred messages, one every 2 ms, unless more or matches are asked for. */
export const matchSource = (more: Partial<ConstructorParameters<typeof MatchSource>[0]> = {}): MatchSource =>
  new MatchSource({
    seed: 'cup',
    intervalNs: 2 * MS,
    ...(more.matches === undefined && { messages: 100 }),
    ...more,
  });

export interface Served {
  readonly server: RunningServer;
  readonly log: KeptLog;
}

export async function serve(more: Partial<ServerRun> = {}): Promise<Served> {
  const log = new KeptLog();
  const server = await startServer({
    source: matchSource(),
    host: '127.0.0.1',
    port: 0,
    clock: new MonotonicClock(),
    log,
    logSends: false,
    pacing: 'sleep',
    transport: 'node',
    ...more,
  });
  return { server, log };
}

export interface Watching {
  readonly client: RunningClient;
  readonly log: KeptLog;
}

export async function watch(server: Peer, more: Partial<ClientRun> = {}): Promise<Watching> {
  const log = new KeptLog();
  const client = await startClient({
    server,
    clock: new MonotonicClock(),
    log,
    logReceipts: false,
    check: false,
    transport: 'node',
    // Loopback is quick: a hundred milliseconds are long enough for what comes late.
    tmaxNs: 100 * MS,
    registerTimeoutNs: PATIENCE_MS * MS,
    ...more,
  });
  return { client, log };
}
