/**
 * Writes a recording, in constant memory. The file gets its name only when it is complete.
 *
 * It reads no clock: the same calls give the same uncompressed bytes, on every machine.
 */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { createGzip } from 'node:zlib';
import * as check from '../../src/base/arguments.ts';
import { UsageError } from '../../src/base/errors.ts';
import { AtomicFileWriter, STREAM_BYTES } from '../../src/files/atomicFile.ts';
import type { DatagramBatch } from '../../src/net/batch.ts';
import { PcapngEncoder } from './capture/pcapngEncoder.ts';
import { encodeFooter, encodeHeader, LINE_LIMIT_BYTES } from './format.ts';
import type { RecordingFooter, RecordingHeader } from './format.ts';
import type { Direction, FrameBatch } from './frameBatch.ts';
import type { FrameEncoder } from './frameEncoder.ts';
import { frameProblem, writeFrame } from './frameLine.ts';
import { ZlibPump } from './zlibPump.ts';

const BLOCK_BYTES = 1 << 18;
/** Number of blocks being written before the caller has to wait. */
const BLOCKS_AHEAD = 2;

/** What a name ends in, and with it the format. */
const CAPTURE_NAME = /\.pcapng(\.gz)?$/i;

const JSONL: FrameEncoder = {
  begin: (header) => Buffer.from(encodeHeader(header)),
  writeFrame,
  end: encodeFooter,
};

/** All off by default. */
interface WriterOptions {
  /** Whether an incomplete file stays, as `NAME.partial`. */
  readonly keepsPartial?: boolean;
  /** Whether each block waits for the disk: for a virtual clock. */
  readonly isDirect?: boolean;
  /** Another format than the name says. */
  readonly encoder?: FrameEncoder;
  /** Whether nobody wants the file's hash, which takes a third of the time of writing. */
  readonly isUnhashed?: boolean;
}

export class RecordingWriter {
  readonly #encoder: FrameEncoder;
  readonly #file: AtomicFileWriter;
  readonly #gzip: ZlibPump | undefined;
  readonly #hash: Hash | null;
  readonly #free: Buffer[] = [];
  #block: Buffer = newBlock();
  #used = 0;
  #waiting = 0;
  #written: Promise<void> = Promise.resolve();
  #failure: Error | undefined;
  #frames = 0;
  #writtenFrames = 0;
  #lastTimeNs = 0;
  #closed = false;

  /**
   * @param path the final path; a capture if it ends in `.pcapng`, compressed if it ends in `.gz`
   * @param header checked; an invalid header throws
   */
  constructor(path: string, header: RecordingHeader, options: WriterOptions = {}) {
    check.path(path, 'RecordingWriter: path');
    this.#encoder = options.encoder ?? (CAPTURE_NAME.test(path) ? new PcapngEncoder() : JSONL);
    this.#hash = options.isUnhashed === true ? null : createHash('sha256');
    const beginning = this.#encoder.begin(header);
    this.#file = new AtomicFileWriter(path, options.keepsPartial, options.isDirect);
    // zlib leaves the time in the gzip header at 0, so the file does not depend on when it was made.
    this.#gzip = path.endsWith('.gz') ? new ZlibPump(createGzip()) : undefined;
    this.#used = beginning.copy(this.#block);
  }

  /** Frames appended so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Frames handed to the disk so far, in whole blocks. */
  get writtenFrames(): number {
    return this.#writtenFrames;
  }

  /**
   * Adds one datagram. The payload is copied. If it returns a promise, await it: the disk is behind.
   * @param timeNs offset from the recording's start, whole nanoseconds, not below the frame before
   * @param flow 1 to 65,535
   * @param extra unknown members to carry over, as JSON text without braces
   * Throws UsageError for a value outside the format, EnvironmentError once the disk has failed.
   */
  append(
    timeNs: number,
    payload: Uint8Array,
    flow = 1,
    direction: Direction = 'down',
    extra = '',
  ): Promise<void> | undefined {
    return this.#append(timeNs, payload, 0, payload.length, flow, direction, extra);
  }

  /** Adds rows `from` .. `to - 1` of a batch, with the batch's times. Like `append`, but allocates nothing per datagram. */
  appendBatch(
    batch: DatagramBatch,
    from = 0,
    to: number = batch.count,
    flow = 1,
    direction: Direction = 'down',
  ): Promise<void> | undefined {
    let wait: Promise<void> | undefined;
    for (let row = from; row < to; row += 1) {
      wait =
        this.#append(
          batch.timesNs[row] as number,
          batch.bytes,
          batch.offsets[row] as number,
          batch.lengths[row] as number,
          flow,
          direction,
          '',
        ) ?? wait;
    }
    return wait;
  }

  /** Adds all frames of another recording's batch, as they are; wait for it before the batch changes. */
  async appendFrames(batch: FrameBatch): Promise<void> {
    for (let row = 0; row < batch.count; row += 1) {
      const wait = this.#append(
        batch.timesNs[row] as number,
        batch.bytes,
        batch.offsets[row] as number,
        batch.lengths[row] as number,
        batch.flows[row] as number,
        batch.upward[row] === 1 ? 'up' : 'down',
        batch.extras[row] as string,
      );
      if (wait !== undefined) await wait;
    }
  }

  #append(
    timeNs: number,
    source: Uint8Array,
    start: number,
    lengthBytes: number,
    flow: number,
    direction: Direction,
    extra: string,
  ): Promise<void> | undefined {
    this.#check();
    const n = this.#frames + 1;
    const problem =
      timeNs < this.#lastTimeNs
        ? `expected a time of at least ${this.#lastTimeNs} ns, as of the frame before, got ${timeNs}`
        : frameProblem(n, timeNs, lengthBytes, flow, extra);
    if (problem !== undefined) throw new UsageError('value-range', `frame ${n}`, problem);
    this.#used = this.#encoder.writeFrame(
      this.#block,
      this.#used,
      n,
      timeNs,
      source,
      start,
      lengthBytes,
      flow,
      direction,
      extra,
    );
    this.#frames = n;
    this.#lastTimeNs = timeNs;
    if (this.#used < BLOCK_BYTES) return undefined;
    this.#hash?.update(this.#block.subarray(0, this.#used));
    this.#send();
    return this.#waiting > BLOCKS_AHEAD ? this.#written : undefined;
  }

  /** Writes what has been appended, also less than a block. Resolves when it is written. */
  async flush(): Promise<void> {
    this.#check();
    if (this.#used > 0) {
      this.#hash?.update(this.#block.subarray(0, this.#used));
      this.#send();
    }
    await this.#written;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Writes the footer and gives the file its name. Throws EnvironmentError if it cannot be written; then no file is left. */
  async finish(): Promise<RecordingFooter> {
    this.#check();
    this.#closed = true;
    this.#hash?.update(this.#block.subarray(0, this.#used));
    const footer = { frames: this.#frames, sha256: this.#hash?.digest('hex') ?? '' };
    this.#used += this.#block.write(this.#encoder.end(footer), this.#used, 'latin1');
    this.#send();
    await this.#written;
    try {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#gzip !== undefined) {
        await this.#gzip.end();
        for (const piece of this.#gzip.take()) await this.#file.write(piece);
      }
    } catch (cause) {
      await this.#file.discard();
      throw cause;
    } finally {
      this.#gzip?.close();
    }
    await this.#file.commit();
    return footer;
  }

  /** Discards the recording: no file is left, also no partial one. Does nothing after `finish`. */
  async discard(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#written;
    this.#gzip?.close();
    await this.#file.discard(false);
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closed) throw new Error('a recording that is finished or discarded takes no more frames');
  }

  /** Writes the block and takes another. */
  #send(): void {
    const block = this.#block;
    const used = this.#used;
    const frames = this.#frames;
    this.#waiting += 1;
    this.#written = this.#written.then(() => this.#writeBlock(block, used, frames));
    this.#block = this.#free.pop() ?? newBlock();
    this.#used = 0;
  }

  /** @param frames appended until its end */
  async #writeBlock(block: Buffer, used: number, frames: number): Promise<void> {
    try {
      // The file may still be using a small piece when the block is filled again.
      const bytes = used < STREAM_BYTES ? Buffer.from(block.subarray(0, used)) : block.subarray(0, used);
      if (this.#failure === undefined) {
        if (this.#gzip === undefined) await this.#file.write(bytes);
        else {
          await this.#gzip.write(bytes);
          for (const piece of this.#gzip.take()) await this.#file.write(piece);
        }
        this.#writtenFrames = frames;
      }
    } catch (cause) {
      this.#failure = cause as Error;
    }
    this.#waiting -= 1;
    this.#free.push(block);
  }
}

/** A frame starts below BLOCK_BYTES and takes at most one line. */
function newBlock(): Buffer {
  return Buffer.allocUnsafeSlow(BLOCK_BYTES + LINE_LIMIT_BYTES);
}
