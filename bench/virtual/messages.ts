/**
 * What the virtual engine's benchmark and its child process tell each other. Types only.
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
      /** Seconds each run took, in order. */
      readonly seconds: readonly number[];
      /** Seconds of processor time, all threads, that the runs took together. */
      readonly cpuSeconds: number;
      /** The most memory the process ever held. */
      readonly peakRssMib: number;
      /** Of what came out: the same for each run. */
      readonly hash: string;
    }
  | { readonly kind: 'failed'; readonly message: string };
