/**
 * A reference to a flow that has been loaded and checked, so that it can be read again, by another process or thread too:
 * the file, and its state when it was checked. The reader trusts the check: it reads no further than needed, and checks no
 * hash and no message.
 */
import { EnvironmentError } from '../../src/base/errors.ts';
import type { RecordingHeader } from './format.ts';
import type { Direction, FrameBatch } from './frameBatch.ts';
import { openCheckedRecording } from './reader.ts';
import { BATCH_BYTES, BATCH_FRAMES } from './recording.ts';
import { FlowColumns, KEPT_BYTES } from './recordedFlow.ts';
import type { RecordedFlow } from './recordedFlow.ts';

/** Plain data, so it can be sent to another process. */
export interface CheckedFlow {
  readonly path: string;
  /** Identity and modification time of the file; differs for another file or a modified one. */
  readonly state: string;
  readonly header: RecordingHeader;
  readonly flow: number;
  readonly direction: Direction;
  /** Datagrams of the flow that are played. */
  readonly count: number;
  /** Total size of their payloads. */
  readonly payloadBytes: number;
  readonly shortestBytes: number;
  readonly longestBytes: number;
  /** Time of the last one, nanoseconds. */
  readonly lastTimeNs: number;
  /** Whether the file is damaged after the frames that are played. */
  readonly isDamaged: boolean;
}

/** What to send instead of a loaded recording: reading the file is faster than sending its content. */
export const checkedFlow = (recording: CheckedFlow): CheckedFlow => ({
  path: recording.path,
  state: recording.state,
  header: recording.header,
  flow: recording.flow,
  direction: recording.direction,
  count: recording.count,
  payloadBytes: recording.payloadBytes,
  shortestBytes: recording.shortestBytes,
  longestBytes: recording.longestBytes,
  lastTimeNs: recording.lastTimeNs,
  isDamaged: recording.isDamaged,
});

/**
 * Reads the frames of a flow, in order.
 * @param batch receives them
 * @param take is given the row of each; returns false to end the reading
 * @param taken called when all rows of a batch were given, before the next ones
 * @throws EnvironmentError for a file that is not the checked one, or was written to since
 */
export async function readFrames(
  given: CheckedFlow,
  batch: FrameBatch,
  take: (row: number) => boolean,
  taken: () => void = () => undefined,
): Promise<void> {
  const { path, count } = given;
  const recording = await openCheckedRecording(path, given.isDamaged);
  const expectState = async (): Promise<void> => {
    if ((await recording.state()) !== given.state) throw changed(path);
  };
  const upward = given.direction === 'up' ? 1 : 0;
  let found = 0;
  try {
    await expectState();
    for await (const { count: rows, flows, upward: ways } of recording.batches(batch)) {
      for (let row = 0; row < rows && found < count; row += 1) {
        if (flows[row] !== given.flow || ways[row] !== upward) continue;
        found += 1;
        if (!take(row)) return;
      }
      if (found < count) taken();
      else {
        await expectState();
        break;
      }
    }
  } finally {
    await recording.close();
  }
  if (found < count) throw changed(path);
}

/** @throws EnvironmentError as `readFrames` */
export async function readCheckedFlow(given: CheckedFlow): Promise<RecordedFlow> {
  const { count, payloadBytes } = given;
  const columns = new FlowColumns(
    Math.max(1, count),
    Math.min(payloadBytes, KEPT_BYTES),
    BATCH_FRAMES,
    BATCH_BYTES,
    KEPT_BYTES,
  );
  const take = (row: number): boolean => {
    columns.take(row);
    return true;
  };
  await readFrames(given, columns.batch, take, () => columns.makeRoom());
  return { header: given.header, ...columns.columns() };
}

const changed = (path: string): EnvironmentError =>
  new EnvironmentError(
    'recording-changed',
    `${path}: expected the recording as it was when it was checked, got one that was changed since; leave it alone while it is replayed`,
  );
