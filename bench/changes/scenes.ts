/**
 * What changes of a running proxy take: time until they hold, forwarding rate, memory.
 *
 * Proxy, sender and receiver run in this process on loopback, in turn with each other.
 */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvironmentError } from '../../src/base/errors.ts';
import { readImpairment } from '../../harness/impairment/impairment.ts';
import { readKnobs } from '../../harness/impairment/knobs.ts';
import { startProxy } from '../../harness/proxy/startProxy.ts';
import type { RunningProxy } from '../../harness/proxy/startProxy.ts';
import { Traffic } from '../../harness/proxy/told/traffic.ts';
import { wait } from '../flows/scene.ts';
import type { TransportName } from '../resolveTransport.ts';

const HOST = '127.0.0.1';
const PATIENCE_MS = 5000;
const DATAGRAM = Buffer.alloc(200);
/** Datagrams under way at a time. */
const WINDOW = 64;
const OPEN = readKnobs({});
const SHUT = readKnobs({ drop: '100%' });
/** Of the changes while it forwards; each starts the loss anew. */
const LIGHT = [readKnobs({ drop: '0.1%' }), readKnobs({ drop: '0.2%' })] as const;

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, HOST, resolve));
  return socket;
}

/** A proxy between a sender and a receiver. */
class Line {
  received = 0;
  readonly proxy: RunningProxy;
  readonly #sender: Socket;
  readonly #receiver: Socket;
  #heard: () => void = () => undefined;

  constructor(proxy: RunningProxy, sender: Socket, receiver: Socket) {
    this.proxy = proxy;
    this.#sender = sender;
    this.#receiver = receiver;
    receiver.on('message', () => {
      this.received += 1;
      this.#heard();
    });
  }

  static async open(
    transport: TransportName,
    report: { readonly changesPath: string } | null,
  ): Promise<Line> {
    const [sender, receiver] = [await bound(), await bound()];
    const proxy = await startProxy({
      server: { address: HOST, port: receiver.address().port },
      impairment: readImpairment({ seed: '7' }),
      transport,
      ...(report && { ...report, traffic: new Traffic(), keepFates: true }),
    });
    return new Line(proxy, sender, receiver);
  }

  send(): void {
    const [{ port } = { port: 0 }] = this.proxy.listening;
    this.#sender.send(DATAGRAM, port, HOST);
  }

  /** Resolves at the next datagram that comes out. */
  next(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new EnvironmentError('timed-out', 'nothing came through the proxy in 5 s')),
        PATIENCE_MS,
      );
      this.#heard = () => {
        clearTimeout(timer);
        this.#heard = () => undefined;
        resolve();
      };
    });
  }

  set(up: typeof OPEN): void {
    this.proxy.change({ ...this.proxy.conditions, up });
  }

  async close(): Promise<void> {
    this.proxy.stop();
    await this.proxy.done;
    this.#sender.close();
    this.#receiver.close();
  }
}

/** Time from a change until the first datagram with the new conditions has come out, of so many changes, nanoseconds. */
export async function measureLatency(transport: TransportName, changes: number): Promise<number[]> {
  const line = await Line.open(transport, null);
  const timesNs: number[] = [];
  try {
    const first = line.next();
    line.send();
    await first;
    for (let k = 0; k < changes; k += 1) {
      line.set(SHUT);
      line.send();
      // It is lost; the proxy is idle again.
      await wait(2);
      const came = line.next();
      const from = process.hrtime.bigint();
      line.set(OPEN);
      line.send();
      await came;
      timesNs.push(Number(process.hrtime.bigint() - from));
    }
  } finally {
    await line.close();
  }
  return timesNs;
}

/** The time that a datagram takes through the same line where nothing changes, of so many, nanoseconds. */
export async function measureWay(transport: TransportName, count: number): Promise<number[]> {
  const line = await Line.open(transport, null);
  const timesNs: number[] = [];
  try {
    for (let k = 0; k < count; k += 1) {
      await wait(2);
      const came = line.next();
      const from = process.hrtime.bigint();
      line.send();
      await came;
      timesNs.push(Number(process.hrtime.bigint() - from));
    }
  } finally {
    await line.close();
  }
  return timesNs.slice(1);
}

/** Datagrams a second, with so many changes a second. */
export async function measureRate(
  transport: TransportName,
  perSecond: number,
  forMs: number,
): Promise<number> {
  const line = await Line.open(transport, null);
  try {
    line.set(LIGHT[0]);
    let changes = 0;
    let sent = 0;
    const startMs = performance.now();
    for (;;) {
      const sinceMs = performance.now() - startMs;
      if (sinceMs >= forMs) break;
      if (sinceMs * perSecond >= 1000 * (changes + 1)) {
        changes += 1;
        line.set(LIGHT[changes % 2] as typeof OPEN);
      }
      for (let k = 0; k < WINDOW; k += 1) line.send();
      sent += WINDOW;
      // The proxy loses a few in a thousand; no more than a window is under way.
      const goal = sent * 0.98 - WINDOW;
      do await new Promise((resolve) => setImmediate(resolve));
      while (line.received < goal && performance.now() - startMs < forMs + PATIENCE_MS);
    }
    return (line.received * 1000) / (performance.now() - startMs);
  } finally {
    await line.close();
  }
}

export interface Growth {
  readonly changes: number;
  /** Memory that a change left, bytes. */
  readonly bytesEach: number;
  /** Its part of the journal, bytes. */
  readonly journalBytesEach: number;
}

/** What so many changes a second leave behind, each with a datagram after it. @param isReported whether all is kept for a report */
export async function measureGrowth(
  transport: TransportName,
  perSecond: number,
  forMs: number,
  isReported: boolean,
): Promise<Growth> {
  const folder = mkdtempSync(join(tmpdir(), 'matchstream-changes-'));
  const changesPath = join(folder, 'epochs.jsonl');
  try {
    const line = await Line.open(transport, isReported ? { changesPath } : null);
    try {
      let changes = 0;
      const run = async (ms: number): Promise<void> => {
        const startMs = performance.now();
        const before = changes;
        while (performance.now() - startMs < ms) {
          while (changes - before < ((performance.now() - startMs) * perSecond) / 1000) {
            line.set(LIGHT[changes % 2] as typeof OPEN);
            line.send();
            changes += 1;
          }
          await wait(1);
        }
      };
      // The first ones make what all others use.
      await run(forMs / 4);
      const before = { changes, bytes: heldBytes() };
      await run(forMs);
      const bytesEach = (heldBytes() - before.bytes) / (changes - before.changes);
      await line.close();
      const journalBytes = isReported ? statSync(changesPath).size : 0;
      return { changes, bytesEach, journalBytesEach: journalBytes / changes };
    } finally {
      await line.close().catch(() => undefined);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Memory in use: of objects and of their buffers. */
function heldBytes(): number {
  const { gc } = globalThis as { readonly gc?: () => void };
  if (gc === undefined)
    throw new EnvironmentError('bench-failed', 'memory is measured under node --expose-gc');
  for (let k = 0; k < 3; k += 1) gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
