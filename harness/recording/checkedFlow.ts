/**
 * A reference to a flow that one process has loaded and checked, so that another process can read it: the file, and its
 * state when it was checked. The reader trusts the check: it reads no further than needed, and checks no hash and no
 * message.
 */
import { EnvironmentError } from '../../src/base/errors.ts';
import type { LoadedRecording } from './loadRecording.ts';
import { openCheckedRecording } from './reader.ts';
import { BATCH_BYTES, BATCH_FRAMES } from './recording.ts';
import { FlowColumns } from './recordedFlow.ts';
import type { RecordedFlow } from './recordedFlow.ts';

/** Plain data, so it can be sent to another process. */
export interface CheckedFlow extends Pick<
  LoadedRecording,
  'path' | 'state' | 'flow' | 'direction' | 'count'
> {
  readonly payloadBytes: number;
  /** Whether the file is damaged after the frames that are played. */
  readonly isDamaged: boolean;
}

/** What to send instead of a loaded recording: reading the file is faster than sending its content. */
export function checkedFlow(recording: LoadedRecording): CheckedFlow {
  const { path, state, flow, direction, count, bytes, damage } = recording;
  return { path, state, flow, direction, count, payloadBytes: bytes.length, isDamaged: damage !== undefined };
}

/** @throws EnvironmentError for a file that is not the checked one, or was written to since */
export async function readCheckedFlow(given: CheckedFlow): Promise<RecordedFlow> {
  const { path, count } = given;
  const recording = await openCheckedRecording(path, given.isDamaged);
  const expectState = async (): Promise<void> => {
    if ((await recording.state()) !== given.state) throw changed(path);
  };
  const upward = given.direction === 'up' ? 1 : 0;
  const columns = new FlowColumns(Math.max(1, count), given.payloadBytes, BATCH_FRAMES, BATCH_BYTES);
  try {
    await expectState();
    for await (const batch of recording.batches(columns.batch)) {
      for (let row = 0; row < batch.count && columns.count < count; row += 1)
        if (batch.flows[row] === given.flow && batch.upward[row] === upward) columns.take(row);
      if (columns.count < count) columns.makeRoom();
      else {
        await expectState();
        break;
      }
    }
  } finally {
    await recording.close();
  }
  if (columns.count < count) throw changed(path);
  return { header: recording.header, ...columns.columns() };
}

const changed = (path: string): EnvironmentError =>
  new EnvironmentError(
    'recording-changed',
    `${path}: expected the recording as it was when it was checked, got one that was changed since; leave it alone while it is replayed`,
  );
