/**
 * Records what comes in at a running proxy, all flows, both directions, without ever making it wait.
 *
 * Datagrams are copied, and a thread of its own writes them. Where the disk or the processor is too slow, the memory for what
 * waits is full; then datagrams are left out and counted. Everything is in the file `NAME.partial` at most about a second
 * after it arrived; at the end the file gets its name.
 */
import type { Worker } from 'node:worker_threads';
import { EnvironmentError } from '../../../src/base/errors.ts';
import { errorOf } from '../../../src/base/failure.ts';
import type { Failure } from '../../../src/base/failure.ts';
import { formatHostPort } from '../../../src/base/quantities.ts';
import type { DatagramBatch, Peer } from '../../../src/net/batch.ts';
import type { Clock } from '../../../src/net/clock.ts';
import { startTimer } from '../../../src/net/timer.ts';
import { addressMembers } from '../conversationFormat.ts';
import { FLOW_LIMIT } from '../format.ts';
import { startThread } from '../startThread.ts';
import type { Tap, TappedFlow } from './tap.ts';
import { TapChunk } from './tapChunk.ts';
import type { FromTapThread, Met, TapStart, ToTapThread } from './tapMessages.ts';
import type { Written } from './tapWriter.ts';

/** A chunk that is not full is handed over after so long. */
const TICK_MS = 10;
/** Chunks that may wait to be written: 64 MiB of payloads. */
const MAX_CHUNKS = 128;

/** What became of the datagrams that came in: recorded + leftOut + refused. */
export interface Recorded extends Written {
  readonly path: string;
  /** Not written, because the disk or the processor was too slow, or writing failed. */
  readonly leftOut: number;
  /** Of flows with a number above the format's limit. */
  readonly refused: number;
  /** Why the file is incomplete and has no name of its own; null if it is complete. */
  readonly failure: EnvironmentError | null;
}

export class TapRecorder implements Tap {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #protocol: string;
  readonly #say: (line: string) => void;
  readonly #thread: Worker;
  readonly #closed: Promise<Written>;
  /** Flow → the client that has it, and its number. */
  readonly #clientOf = new Map<number, { readonly client: Peer; readonly place: number }>();
  #clients = 0;
  /** Clients that the thread is not told of yet. */
  #met: Met[] = [];
  #chunk: TapChunk | null = null;
  readonly #free: ArrayBuffer[] = [];
  /** Chunks that were made. */
  #chunks = 0;
  #cancelTimer: (() => void) | null = null;
  /** Datagrams handed to the thread. */
  #handedOver = 0;
  #leftOut = 0;
  #refused = 0;
  #failure: EnvironmentError | null = null;

  /**
   * Makes the file.
   * @param clock of the arrivals
   * @param protocol as after `--protocol`, for readers
   * @param say receives at once what a user should know, a line each
   * @throws UsageError, EnvironmentError if it cannot be made
   */
  static async start(
    path: string,
    clock: Clock,
    protocol: string,
    say: (line: string) => void,
  ): Promise<TapRecorder> {
    const thread = startThread('recording/tap/tapThread', { path } satisfies TapStart);
    await new Promise<void>((resolve, reject) => {
      thread.once('error', reject);
      thread.once('message', (message: FromTapThread) => {
        thread.off('error', reject);
        if (message.kind === 'failed') reject(errorOf(message.failure));
        else resolve();
      });
    });
    return new TapRecorder(path, clock, protocol, say, thread);
  }

  private constructor(
    path: string,
    clock: Clock,
    protocol: string,
    say: (line: string) => void,
    thread: Worker,
  ) {
    this.#path = path;
    this.#clock = clock;
    this.#protocol = protocol;
    this.#say = say;
    this.#thread = thread;
    this.#closed = new Promise((resolve, reject) => {
      thread.on('message', (message: FromTapThread) => {
        if (message.kind === 'free') this.#free.push(message.buffer);
        else if (message.kind === 'stuck') this.#fail(message.failure);
        else if (message.kind === 'closed') resolve(message.written);
      });
      thread.on('error', reject);
      thread.on('exit', () => reject(new Error('the thread that writes the recording has ended')));
    });
    // Whoever finishes gets the rejection.
    this.#closed.catch(() => undefined);
  }

  note(
    { number, client }: TappedFlow,
    server: Peer,
    isUpward: boolean,
    batch: DatagramBatch,
    row: number,
  ): void {
    if (number > FLOW_LIMIT) return this.#refuse();
    if (this.#failure !== null) return this.#leave();
    const known = this.#clientOf.get(number);
    const place = known?.client === client ? known.place : this.#meet(number, client, server);
    if (this.#chunk?.put(batch, row, place, isUpward) !== true) {
      this.#handOver();
      this.#chunk = this.#takeChunk();
      if (this.#chunk?.put(batch, row, place, isUpward) !== true) return this.#leave();
    }
    this.#cancelTimer ??= startTimer(this.#tick, TICK_MS);
  }

  /** Removes the file: the proxy did not start. */
  async abandon(): Promise<void> {
    this.#cancelTimer?.();
    this.#tell({ kind: 'abandon' });
    await this.#closed;
  }

  /** Writes what is waiting, and gives the file its name. Call it when nothing comes in any more. */
  async finish(): Promise<Recorded> {
    this.#cancelTimer?.();
    this.#handOver();
    this.#tell({ kind: 'finish' });
    const written = await this.#closed;
    return {
      ...written,
      path: this.#path,
      leftOut: this.#leftOut + this.#handedOver - written.recorded,
      refused: this.#refused,
      failure: this.#failure,
    };
  }

  readonly #tick = (): void => {
    this.#cancelTimer = null;
    this.#handOver();
  };

  #handOver(): void {
    const chunk = this.#chunk;
    if (chunk === null || chunk.count === 0) return;
    this.#chunk = null;
    this.#handedOver += chunk.count;
    const { buffer, count } = chunk;
    this.#tell({ kind: 'chunk', buffer, count, met: this.#met, nowNs: this.#clock.nowNs() }, [buffer]);
    this.#met = [];
  }

  /** Null while too much waits. */
  #takeChunk(): TapChunk | null {
    const buffer = this.#free.pop();
    if (buffer !== undefined) return new TapChunk(buffer);
    if (this.#chunks === MAX_CHUNKS) return null;
    this.#chunks += 1;
    return new TapChunk();
  }

  #tell(message: ToTapThread, moved: readonly ArrayBuffer[] = []): void {
    this.#thread.postMessage(message, moved);
  }

  #meet(flow: number, client: Peer, server: Peer): number {
    const clientText = formatHostPort(client.address, client.port);
    const serverText = formatHostPort(server.address, server.port);
    this.#met.push({ flow, members: addressMembers(clientText, serverText, this.#protocol) });
    const place = this.#clients;
    this.#clients += 1;
    this.#clientOf.set(flow, { client, place });
    return place;
  }

  #leave(): void {
    this.#leftOut += 1;
    if (this.#leftOut === 1 && this.#failure === null)
      this.#say(`--record: datagrams are left out: writing cannot keep up; the closing table counts them`);
  }

  #refuse(): void {
    this.#refused += 1;
    if (this.#refused === 1) this.#say(`--record: flows above number ${FLOW_LIMIT} are not recorded`);
  }

  #fail(failure: Failure): void {
    const cause = errorOf(failure);
    if (!(cause instanceof EnvironmentError)) throw cause;
    this.#failure = cause;
    this.#say(`--record: the recording ends here: ${cause.message}`);
  }
}
