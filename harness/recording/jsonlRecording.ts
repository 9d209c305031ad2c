/**
 * Reads matchstream's own recordings, in constant memory, and reports damage: the line and the reason.
 */
import { refused, UsageError } from '../../src/base/errors.ts';
import type { Decoded } from '../../src/base/errors.ts';
import { readPiece } from './fileBytes.ts';
import type { Source } from './fileBytes.ts';
import {
  beginsLikeFooter,
  beginsLikeHeader,
  decodeFooter,
  decodeHeader,
  excerptBytes,
  foreignReason,
  LINE_LIMIT_BYTES,
} from './format.ts';
import type { RecordingHeader } from './format.ts';
import type { FrameBatch } from './frameBatch.ts';
import { readFrame } from './frameLine.ts';
import type { Lines } from './lines.ts';
import { damagedAt, newBatch } from './recording.ts';
import type { Damage, Recording } from './recording.ts';
import type { Hashing } from './threads/threadedHash.ts';

const tooLong = `expected a line of at most ${LINE_LIMIT_BYTES} bytes, got a longer one`;

/** An open recording in matchstream's own format. */
export class JsonlRecording implements Recording {
  readonly format = 'jsonl';
  readonly path: string;
  readonly compressed: boolean;
  readonly textBytes: number;
  readonly header: RecordingHeader;
  /** Complete frames read so far. */
  frames = 0;
  /** Size of header and complete frames read so far, uncompressed, bytes. */
  sizeBytes = 0;
  /** Time of the last frame read, nanoseconds. */
  lastTimeNs = 0;
  /** SHA-256 of those bytes, 64 hex digits; empty until `batches` has ended. */
  sha256 = '';
  /** The damage that ended the reading; undefined until then and for an undamaged recording. Set only with `recover`. */
  damage: Damage | undefined;
  readonly #source: Source;
  readonly #lines: Lines;
  readonly #recover: boolean;
  readonly #hash: Hashing | null;
  #started = false;

  /** Use `openRecording`. The header is the current line of `lines`. @param hash null: the file's bytes are trusted */
  constructor(
    path: string,
    header: RecordingHeader,
    source: Source,
    lines: Lines,
    recover: boolean,
    hash: Hashing | null,
  ) {
    this.path = path;
    this.header = header;
    this.compressed = source.compressed;
    this.textBytes = source.textBytes;
    this.#source = source;
    this.#lines = lines;
    this.#recover = recover;
    this.#hash = hash;
    this.#count(lines.start, lines.end + 1);
  }

  async *batches(batch = newBatch()): AsyncGenerator<FrameBatch, void, void> {
    if (this.#started) throw new Error(`${this.path}: a recording is read once; open it again`);
    this.#started = true;
    const lines = this.#lines;
    // Start of the lines that have been read but not yet counted.
    let from = lines.end + 1;
    let damage: Damage | undefined;
    try {
      for (let ended = false; !ended;) {
        if (!lines.next()) {
          this.#count(from, lines.wholeEnd);
          damage = await this.#takePiece();
          ended = damage !== undefined;
          from = 0;
          continue;
        }
        const { start, end } = lines;
        if (beginsLikeFooter(lines.bytes, start, end)) {
          this.#count(from, start);
          damage = await this.#readFooter();
          ended = true;
          continue;
        }
        if (!batch.fits(end - start)) {
          yield batch;
          batch.clear();
        }
        const reason = this.#readFrame(batch, start, end);
        if (reason === undefined) continue;
        this.#count(from, start);
        damage = this.#damageHere(reason);
        ended = true;
      }
      this.#digest();
      if (damage !== undefined && !this.#recover) {
        throw new UsageError(
          'recording-damaged',
          damagedAt(this, damage),
          `${damage.reason}; recover its whole frames with --recover`,
        );
      }
      this.damage = damage;
      if (batch.count > 0) yield batch;
    } finally {
      await this.close();
    }
  }

  notes(): readonly string[] {
    return [];
  }

  state(): Promise<string> {
    return this.#source.state();
  }

  close(): Promise<void> {
    this.#hash?.close();
    return this.#source.close();
  }

  #count(from: number, to: number): void {
    this.#hash?.update(this.#lines.bytes.subarray(from, to));
    this.sizeBytes += to - from;
  }

  #digest(): void {
    if (this.sha256 === '' && this.#hash !== null) this.sha256 = this.#hash.digest();
  }

  /** The header is line 1, so frame n is line n + 1. */
  #damageHere(reason: string): Damage {
    return { line: this.frames + 2, reason };
  }

  #readFrame(batch: FrameBatch, start: number, end: number): string | undefined {
    if (end - start >= LINE_LIMIT_BYTES) return tooLong;
    const { count, usedBytes } = batch;
    const reason = readFrame(batch, this.#lines.bytes, start, end);
    if (reason !== undefined) return reason;
    const n = batch.numbers[count] as number;
    const timeNs = batch.timesNs[count] as number;
    if (n === this.frames + 1 && timeNs >= this.lastTimeNs) {
      this.frames = n;
      this.lastTimeNs = timeNs;
      return undefined;
    }
    batch.count = count;
    batch.usedBytes = usedBytes;
    return n === this.frames + 1
      ? `expected "t" of at least ${this.lastTimeNs}, as in the frame before, got ${timeNs}`
      : `expected frame ${this.frames + 1}, got frame ${n}`;
  }

  /** Reads more bytes if no complete line is left. */
  async #takePiece(): Promise<Damage | undefined> {
    const lines = this.#lines;
    if (lines.restBytes >= LINE_LIMIT_BYTES) return this.#damageHere(tooLong);
    const piece = await readPiece(this.#source, lines);
    if (typeof piece === 'string') return this.#damageHere(piece);
    if (piece > 0) return undefined;
    return this.#damageHere(
      lines.restBytes === 0
        ? `expected frame ${this.frames + 1} or the footer, got the end of the file: the recording is truncated`
        : 'expected a whole line, got the end of the file inside it: the recording is truncated',
    );
  }

  /** Checks the footer, which is the current line, and that nothing follows. */
  async #readFooter(): Promise<Damage | undefined> {
    const lines = this.#lines;
    const footer = decodeFooter(lines.bytes.subarray(lines.start, lines.end));
    if (!footer.ok) return this.#damageHere(footer.reason);
    this.#digest();
    const { frames, sha256 } = footer.value;
    if (frames !== this.frames) {
      return this.#damageHere(
        `expected ${frames} frames, as the footer says, got ${this.frames}: the recording was altered`,
      );
    }
    if (this.#hash !== null && sha256 !== this.sha256) {
      return this.#damageHere(
        `expected SHA-256 ${sha256}, as the footer says, got ${this.sha256}: the recording was altered`,
      );
    }
    const after = lines.restBytes > 0 ? lines.restBytes : await readPiece(this.#source, lines);
    if (after === 0) return undefined;
    return {
      line: this.frames + 3,
      reason:
        typeof after === 'string'
          ? after
          : `expected the end of the file after the footer, got ${excerptBytes(lines.rest())}`,
    };
  }
}

/** Reads up to the header. Returns it with the lines, or the reason why there is none. */
export async function readHeader(source: Source, lines: Lines): Promise<Decoded<RecordingHeader>> {
  while (!lines.next()) {
    if (lines.restBytes >= LINE_LIMIT_BYTES) {
      const head = lines.rest();
      return refused(
        beginsLikeHeader(head) ? `${tooLong}; record it again` : foreignReason(excerptBytes(head)),
      );
    }
    const piece = await readPiece(source, lines);
    if (typeof piece === 'string') return refused(`${piece}; record it again`);
    if (piece > 0) continue;
    if (lines.restBytes > 0 && beginsLikeHeader(lines.rest())) {
      return refused(
        'expected the whole header, got the end of the file inside it: the recording is truncated; record it again',
      );
    }
    return refused(foreignReason(lines.restBytes === 0 ? 'an empty file' : excerptBytes(lines.rest())));
  }
  return decodeHeader(lines.bytes.subarray(lines.start, lines.end));
}
