/**
 * The messages between the virtual engine's benchmark and its child process. Types only.
 */
import type { VirtualStream } from './measureStream.ts';

/** From parent to child. */
export interface VirtualTask extends VirtualStream {
  /** Measured runs, after one short one to warm up. */
  readonly runs: number;
}

/** From child to parent. */
export type VirtualAnswer =
  | {
      readonly kind: 'done';
      /** Duration of each run, in order. */
      readonly seconds: readonly number[];
      /** Processor time of all runs together, all threads. */
      readonly cpuSeconds: number;
      /** Peak memory of the process. */
      readonly peakRssMib: number;
      /** Hash of the results: the same for each run. */
      readonly hash: string;
    }
  | { readonly kind: 'failed'; readonly message: string };
