/**
 * A thread that hashes what it is handed, and leaves the digest in shared memory. Started by threadedHash.ts only.
 */
import { createHash } from 'node:crypto';
import { workerData } from 'node:worker_threads';
import { SlotTaker } from './slotRing.ts';
import type { RingMemory } from './slotRing.ts';

/** What the thread is given. */
export interface HashTask {
  readonly memory: RingMemory;
  /** Room for the digest. */
  readonly digest: SharedArrayBuffer;
}

const { memory, digest } = workerData as HashTask;
const ring = new SlotTaker(memory);
const slots = memory.slots.map((slot) => Buffer.from(slot));
const hash = createHash('sha256');
while (ring.next(Number.POSITIVE_INFINITY) === null)
  hash.update((slots[ring.slot] as Buffer).subarray(0, ring.size));
new Uint8Array(digest).set(hash.digest());
ring.stop();
