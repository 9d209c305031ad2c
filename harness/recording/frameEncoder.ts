/**
 * The interface of a format that recordings are written in: what stands before the frames, each frame, what stands after.
 */
import type { RecordingFooter, RecordingHeader } from './format.ts';
import type { Direction } from './frameBatch.ts';

export interface FrameEncoder {
  /** The beginning of the file. @throws UsageError for a header outside the format */
  begin(header: RecordingHeader): Buffer;
  /** Writes a valid frame into a block with room for the longest; returns where it ends. */
  writeFrame(
    block: Buffer,
    at: number,
    n: number,
    timeNs: number,
    source: Uint8Array,
    start: number,
    lengthBytes: number,
    flow: number,
    direction: Direction,
    extra: string,
  ): number;
  /** The end of the file, ASCII. */
  end(footer: RecordingFooter): string;
}
