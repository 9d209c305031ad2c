/**
 * The frames of a checked flow, read by a thread while they are played: memory that does not grow with the flow.
 *
 * Going forward costs one look at shared memory a frame; going back begins again.
 */
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { EnvironmentError } from '../../../src/base/errors.ts';
import type { CheckedFlow } from '../checkedFlow.ts';
import { FrameTaker, newFrameRing } from './frameRing.ts';
import type { ReadingFailure, ReadingTask } from './readingThread.ts';
import type { NoSlot } from './slotRing.ts';
import { leaveAlone, startThread } from '../startThread.ts';

/** Maximum wait for the next frames: a disk that takes longer is taken for dead. */
const WAIT_LIMIT_MS = 60_000;

export class StreamedFrames {
  /** Place of the current frame in the flow, from 1. */
  place = 0;
  readonly #given: CheckedFlow;
  #ring: FrameTaker;
  #port: MessagePort;

  /** Waits until the first frame is there. @throws EnvironmentError as `seek` */
  constructor(given: CheckedFlow) {
    this.#given = given;
    ({ ring: this.#ring, port: this.#port } = startReading(given));
    this.seek(1);
  }

  /** The arena of the current frame. */
  get bytes(): Uint8Array {
    return this.#ring.bytes;
  }

  get start(): number {
    return this.#ring.start;
  }

  get lengthBytes(): number {
    return this.#ring.lengthBytes;
  }

  get timeNs(): number {
    return this.#ring.timeNs;
  }

  /**
   * Makes a frame of the flow the current one.
   * @param place from 1 to the number of frames
   * @throws EnvironmentError for a file that was changed since it was checked, or cannot be read any more
   */
  seek(place: number): void {
    if (place < this.place) {
      this.close();
      ({ ring: this.#ring, port: this.#port } = startReading(this.#given));
      this.place = 0;
    }
    while (this.place < place) {
      const missing = this.#ring.next(WAIT_LIMIT_MS);
      if (missing !== null) throw this.#failureOf(missing);
      this.place += 1;
    }
  }

  /** Ends the thread. */
  close(): void {
    this.#ring.stop();
    this.#port.close();
  }

  #failureOf(missing: NoSlot): EnvironmentError {
    const { path } = this.#given;
    const said = receiveMessageOnPort(this.#port)?.message as ReadingFailure | undefined;
    if (said !== undefined) return new EnvironmentError(said.code, said.message);
    return new EnvironmentError(
      'read-failed',
      missing === 'late'
        ? `cannot read ${path}: nothing came within ${WAIT_LIMIT_MS / 1000} s; check the disk`
        : `cannot read ${path}: expected frame ${this.place + 1} of the flow, got the end; check the disk`,
    );
  }
}

function startReading(given: CheckedFlow): { readonly ring: FrameTaker; readonly port: MessagePort } {
  const memory = newFrameRing();
  const { port1: port, port2 } = new MessageChannel();
  const task: ReadingTask = { given, memory, port: port2 };
  leaveAlone(startThread('recording/threads/readingThread', task, [port2]));
  port.unref();
  return { ring: new FrameTaker(memory), port };
}
