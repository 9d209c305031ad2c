/**
 * The interface of a format that recordings are written in: what stands before the frames, each frame, what stands after.
 */
import type { RecordingFooter, RecordingHeader } from './format.ts';
import type { writeFrame } from './frameLine.ts';

export interface FrameEncoder {
  /** The beginning of the file. @throws UsageError for a header outside the format */
  begin(header: RecordingHeader): Buffer;
  /** Writes a valid frame into a block with room for the longest; returns where it ends. */
  readonly writeFrame: typeof writeFrame;
  /** The end of the file, ASCII. */
  end(footer: RecordingFooter): string;
}
