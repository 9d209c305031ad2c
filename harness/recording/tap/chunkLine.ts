/**
 * Hands what a running proxy notes over to a thread that writes it, in chunks, without ever making the proxy wait.
 *
 * Where the disk or the processor is too slow, the memory for what waits is full: then there is no room, and whoever notes counts
 * what is left out. Everything is in the file `NAME.partial` at most about a second after it was noted.
 */
import { EnvironmentError } from '../../../src/base/errors.ts';
import { errorOf, failureOf } from '../../../src/base/failure.ts';
import type { Failure } from '../../../src/base/failure.ts';
import type { Clock } from '../../../src/net/clock.ts';
import { startTimer } from '../../../src/net/timer.ts';
import { startThread } from '../startThread.ts';
import { TapChunk } from './tapChunk.ts';
import type { FromTapThread, Met, TapStart, ToTapThread } from './tapMessages.ts';
import { tapRows } from './tapRows.ts';
import { ARRIVALS_SORT_NS, PASSAGES_SORT_NS, TapWriter } from './tapWriter.ts';
import type { Written } from './tapWriter.ts';

/** A chunk that is not full is handed over after so long. */
const TICK_MS = 10;
/** Chunks that may wait to be written: 64 MiB of payloads. */
const MAX_CHUNKS = 128;

/** Whoever writes. */
interface Writing {
  tell(message: ToTapThread, moved: readonly ArrayBuffer[]): void;
  /** Closes the file. Resolves with what it has. */
  end(kind: 'finish' | 'abandon'): Promise<Written>;
  /** Makes room at once, where it can. */
  makeRoom(): void;
}

/** What it calls. */
interface Answers {
  readonly free: (buffer: ArrayBuffer) => void;
  readonly stuck: (failure: Failure) => void;
}

export class ChunkLine {
  readonly #clock: Clock;
  /** Whether time jumps: then nobody waits for a timer. */
  readonly #isVirtual: boolean;
  readonly #failed: (cause: EnvironmentError) => void;
  /** How long after the last datagram what waits is in order, nanoseconds. */
  readonly #settleNs: number;
  #writing: Writing | null = null;
  #met: Met[] = [];
  #chunk: TapChunk | null = null;
  readonly #free: ArrayBuffer[] = [];
  /** Chunks that were made. */
  #chunks = 0;
  #cancelTimer: (() => void) | null = null;
  #handedOver = 0;
  /** When something was handed over last; NaN when all of it is in the file. */
  #handedOverNs = Number.NaN;
  #failure: EnvironmentError | null = null;

  /**
   * Makes the file.
   * @param clock of the times that are noted
   * @param failed called with the reason if writing fails, once
   * @throws UsageError, EnvironmentError if it cannot be made
   */
  static async start(
    start: TapStart,
    clock: Clock,
    failed: (cause: EnvironmentError) => void,
  ): Promise<ChunkLine> {
    const isVirtual = start.kind === 'capture' && start.isVirtual;
    const sortNs = start.kind === 'recording' || isVirtual ? ARRIVALS_SORT_NS : PASSAGES_SORT_NS;
    const line = new ChunkLine(clock, isVirtual, sortNs, failed);
    const answers = {
      free: (buffer: ArrayBuffer) => void line.#free.push(buffer),
      stuck: (failure: Failure) => line.#fail(failure),
    };
    line.#writing = isVirtual ? writeHere(start, answers) : await writeInThread(start, answers);
    return line;
  }

  private constructor(
    clock: Clock,
    isVirtual: boolean,
    sortNs: number,
    failed: (cause: EnvironmentError) => void,
  ) {
    this.#clock = clock;
    this.#isVirtual = isVirtual;
    this.#settleNs = 2 * sortNs;
    this.#failed = failed;
  }

  /** Why the file is incomplete; null if it is not. */
  get failure(): EnvironmentError | null {
    return this.#failure;
  }

  /** Datagrams handed over so far. */
  get handedOver(): number {
    return this.#handedOver;
  }

  /** Those to come may be of this one: clients and streams are numbered in the order in which they are met. */
  meet(met: Met): void {
    this.#met.push(met);
  }

  /**
   * Notes a datagram, with a copy of its bytes.
   * @param client number of its client or stream
   * @returns the chunk that has it, as its last row; null if there is no room: then it is left out
   */
  note(
    bytes: Uint8Array,
    start: number,
    lengthBytes: number,
    timeNs: number,
    client: number,
    isUpward: boolean,
  ): TapChunk | null {
    if (this.#failure !== null) return null;
    if (this.#chunk?.putBytes(bytes, start, lengthBytes, timeNs, client, isUpward) !== true) {
      this.#handOver();
      this.#chunk = this.#takeChunk();
      if (this.#chunk?.putBytes(bytes, start, lengthBytes, timeNs, client, isUpward) !== true) return null;
    }
    if (!this.#isVirtual) this.#cancelTimer ??= startTimer(this.#tick, TICK_MS);
    return this.#chunk;
  }

  /** Removes the file: the proxy did not start. */
  async abandon(): Promise<void> {
    this.#cancelTimer?.();
    await this.#writing?.end('abandon');
  }

  /** Writes what is waiting, and gives the file its name. Call it when nothing is noted any more. */
  async finish(): Promise<Written> {
    this.#cancelTimer?.();
    this.#handOver();
    return (this.#writing as Writing).end('finish');
  }

  readonly #tick = (): void => {
    this.#cancelTimer = null;
    this.#handOver();
    if (Number.isNaN(this.#handedOverNs) || this.#failure !== null) return;
    if (this.#clock.nowNs() - this.#handedOverNs > this.#settleNs) {
      this.#handedOverNs = Number.NaN;
      this.#tell({ kind: 'settle' });
    } else this.#cancelTimer = startTimer(this.#tick, TICK_MS);
  };

  #handOver(): void {
    const chunk = this.#chunk;
    if (chunk === null || chunk.count === 0) return;
    this.#chunk = null;
    this.#handedOver += chunk.count;
    const nowNs = this.#clock.nowNs();
    this.#handedOverNs = nowNs;
    const { buffer, count } = chunk;
    const met = this.#met;
    this.#met = [];
    this.#tell({ kind: 'chunk', buffer, count, met, nowNs }, [buffer]);
  }

  /** Null while too much waits. */
  #takeChunk(): TapChunk | null {
    if (this.#free.length === 0 && this.#chunks === MAX_CHUNKS) this.#writing?.makeRoom();
    const buffer = this.#free.pop();
    if (buffer !== undefined) return new TapChunk(buffer);
    if (this.#chunks === MAX_CHUNKS) return null;
    this.#chunks += 1;
    return new TapChunk();
  }

  #tell(message: ToTapThread, moved: readonly ArrayBuffer[] = []): void {
    this.#writing?.tell(message, moved);
  }

  #fail(failure: Failure): void {
    const cause = errorOf(failure);
    if (!(cause instanceof EnvironmentError)) throw cause;
    this.#failure = cause;
    this.#failed(cause);
  }
}

/** @throws UsageError, EnvironmentError if the file cannot be made */
async function writeInThread(start: TapStart, { free, stuck }: Answers): Promise<Writing> {
  const thread = startThread('recording/tap/tapThread', start);
  await new Promise<void>((resolve, reject) => {
    thread.once('error', reject);
    thread.once('message', (message: FromTapThread) => {
      thread.off('error', reject);
      if (message.kind === 'failed') reject(errorOf(message.failure));
      else resolve();
    });
  });
  const closed = new Promise<Written>((resolve, reject) => {
    thread.on('message', (message: FromTapThread) => {
      if (message.kind === 'free') free(message.buffer);
      else if (message.kind === 'stuck') stuck(message.failure);
      else if (message.kind === 'closed') resolve(message.written);
    });
    thread.on('error', reject);
    thread.on('exit', () => reject(new Error('the thread that writes has ended')));
  });
  // Whoever finishes gets the rejection.
  closed.catch(() => undefined);
  return {
    tell: (message, moved) => thread.postMessage(message, moved),
    makeRoom: () => undefined,
    end: (kind) => {
      thread.postMessage({ kind } satisfies ToTapThread, []);
      return closed;
    },
  };
}

/** On a virtual clock nothing happens meanwhile: it is written at once, and what is written hangs on what is noted alone. */
function writeHere(start: TapStart, { free, stuck }: Answers): Writing {
  const writer = new TapWriter(tapRows(start), ARRIVALS_SORT_NS, ({ buffer }) => free(buffer), false);
  let isStuck = false;
  const attempt = (action: () => void): void => {
    if (isStuck) return;
    try {
      action();
    } catch (cause) {
      isStuck = true;
      stuck(failureOf(cause));
    }
  };
  const finish = async (): Promise<Written> => {
    await writer.finish().catch((cause: unknown) => {
      attempt(() => {
        throw cause;
      });
    });
    return writer.written(!isStuck);
  };
  return {
    tell: (message) => {
      if (message.kind !== 'chunk') return;
      for (const one of message.met) writer.meet(one);
      attempt(() => void writer.add(new TapChunk(message.buffer, message.count), message.nowNs));
    },
    end: async (kind) => {
      if (kind === 'finish') return finish();
      await writer.discard();
      return writer.written(false);
    },
    makeRoom: () => attempt(() => writer.writeAll()),
  };
}
