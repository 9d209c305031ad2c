/**
 * A thread that reads a checked flow into a ring, as fast as it is played. Started by streamedFrames.ts only.
 */
import { workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { EnvironmentError } from '../../../src/base/errors.ts';
import type { EnvironmentCode } from '../../../src/base/errors.ts';
import { readFrames } from '../checkedFlow.ts';
import type { CheckedFlow } from '../checkedFlow.ts';
import { newBatch } from '../recording.ts';
import { FrameFiller } from './frameRing.ts';
import type { RingMemory } from './slotRing.ts';

/** What the thread is given. */
export interface ReadingTask {
  readonly given: CheckedFlow;
  readonly memory: RingMemory;
  readonly port: MessagePort;
}

/** Why it ended before the end of the flow. */
export interface ReadingFailure {
  readonly code: EnvironmentCode;
  readonly message: string;
}

const { given, memory, port } = workerData as ReadingTask;
const ring = new FrameFiller(memory);
const batch = newBatch();
try {
  await readFrames(given, batch, (row) => {
    ring.put(batch, row);
    return ring.isWanted;
  });
  ring.end();
} catch (cause) {
  // It was sound when it was checked.
  const failure: ReadingFailure = {
    code: cause instanceof EnvironmentError ? cause.code : 'recording-changed',
    message: cause instanceof Error ? cause.message : String(cause),
  };
  port.postMessage(failure);
  ring.fail();
} finally {
  port.close();
}
