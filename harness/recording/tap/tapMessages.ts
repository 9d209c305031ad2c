/**
 * What the threads of a recorder say to each other.
 */
import type { Failure } from '../../../src/base/failure.ts';
import type { Written } from './tapWriter.ts';

/** Given to the thread that writes when it is started. */
export interface TapStart {
  readonly path: string;
}

/** A client that has a flow. */
export interface Met {
  readonly flow: number;
  /** Members of its first frame, as JSON. */
  readonly members: string;
}

/** To the thread that writes, in order. */
export type ToTapThread =
  | {
      readonly kind: 'chunk';
      readonly buffer: ArrayBuffer;
      readonly count: number;
      /** Clients that were met since the chunk before. */
      readonly met: readonly Met[];
      readonly nowNs: number;
    }
  | { readonly kind: 'finish' }
  | { readonly kind: 'abandon' };

export type FromTapThread =
  /** The file is made, or cannot be: then the thread ends. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** Memory of a chunk that may be used again. */
  | { readonly kind: 'free'; readonly buffer: ArrayBuffer }
  /** The disk takes no more. */
  | { readonly kind: 'stuck'; readonly failure: Failure }
  /** The file is closed, and the thread ends. */
  | { readonly kind: 'closed'; readonly written: Written };
