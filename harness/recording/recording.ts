/**
 * What an open recording is, whatever its format: matchstream's own, or a capture.
 */
import type { RecordingHeader } from './format.ts';
import type { FlowSummary } from './flowCounts.ts';
import { FrameBatch } from './frameBatch.ts';

/** The first damage of a recording. */
export interface Damage {
  /** Line number, from 1; of a capture, the number of the packet. */
  readonly line: number;
  readonly reason: string;
}

/** An open recording. Its frames can be read once. */
export interface Recording {
  readonly path: string;
  /** `jsonl`, `pcap` or `pcapng`. */
  readonly format: string;
  readonly compressed: boolean;
  /** Size of the file without compression, bytes: of a compressed one a guess. */
  readonly textBytes: number;
  readonly header: RecordingHeader;
  /** Complete frames read so far. */
  readonly frames: number;
  /** Size of header and complete frames read so far, uncompressed, bytes. */
  readonly sizeBytes: number;
  /** Time of the last frame read, nanoseconds; 0 before the first. */
  readonly lastTimeNs: number;
  /** SHA-256 of those bytes, 64 hex digits, equal to the footer's if there is one and nothing is damaged; empty until `batches` has ended. */
  readonly sha256: string;
  /** The damage that ended the reading; undefined until then and for an undamaged recording. Set only with `recover`. */
  readonly damage: Damage | undefined;
  /**
   * What of the file its frames do not have, or have changed: packets that are no datagrams, times that go back, a date; a
   * line each, complete when `batches` has ended.
   */
  notes(): readonly string[];
  /**
   * The frames, a batch at a time; a batch is valid until the next one is requested. Throws UsageError at the first damage,
   * or ends there with `damage` set when recovering. Leaving the loop closes the file.
   * @param batch receives the frames; before continuing, the caller makes sure that the longest line fits
   */
  batches(batch?: FrameBatch): AsyncGenerator<FrameBatch, void, void>;
  /** Identity and modification time of the file; only while it is open. */
  state(): Promise<string>;
  /** Closes the file; not needed after `batches` has ended. */
  close(): Promise<void>;
}

/** The result of reading a whole recording: its figures are those at the end. */
export interface RecordingSummary extends Pick<
  Recording,
  'path' | 'format' | 'compressed' | 'header' | 'frames' | 'sizeBytes' | 'sha256' | 'lastTimeNs'
> {
  /** By flow, down before up; only those with frames. */
  readonly flows: readonly FlowSummary[];
  /** As of Recording. */
  readonly notes: readonly string[];
  /** The damage; only with `recover`. */
  readonly damage?: Damage;
}

/** Where a damage is: in a line of ours, at a packet of a capture. */
export const damagedAt = ({ path, format }: Pick<Recording, 'path' | 'format'>, { line }: Damage): string =>
  `${path}, ${format === 'jsonl' ? 'line' : 'packet'} ${line}`;

/** A damage as one line for people. */
export const describeDamage = (recording: Pick<Recording, 'path' | 'format'>, damage: Damage): string =>
  `${damagedAt(recording, damage)}: ${damage.reason}`;

export const BATCH_FRAMES = 1024;
/** Room for the longest line, and for a usual batch. */
export const BATCH_BYTES = 1 << 20;

/** A batch of the usual size. */
export const newBatch = (): FrameBatch => new FrameBatch(BATCH_FRAMES, BATCH_BYTES);
