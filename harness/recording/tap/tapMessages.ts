/**
 * What whoever notes datagrams and whoever writes them say to each other.
 */
import type { Failure } from '../../../src/base/failure.ts';
import type { Written } from './tapWriter.ts';

/** What is written: a recording, or the capture of a run with a comment on all of it. */
export type TapStart =
  | { readonly kind: 'recording'; readonly path: string }
  | {
      readonly kind: 'capture';
      readonly path: string;
      readonly about: string;
      /** Whether time jumps: then nothing is left out, and each block waits for the disk. */
      readonly isVirtual: boolean;
    };

/** A client that has a flow; of a capture a stream, whose rows bear its number. */
export type Met =
  | {
      readonly flow: number;
      /** Members of its first frame, as JSON. */
      readonly members: string;
    }
  | {
      /** Addresses, `HOST:PORT` each. */
      readonly client: string;
      readonly server: string;
      /** Before the index in comments. */
      readonly name: string;
    };

/** To whoever writes, in order. */
export type ToTapThread =
  | {
      readonly kind: 'chunk';
      readonly buffer: ArrayBuffer;
      readonly count: number;
      /** Clients and streams that were met since the chunk before. */
      readonly met: readonly Met[];
      readonly nowNs: number;
    }
  /** Nothing has come for so long that what waits is in order. */
  | { readonly kind: 'settle' }
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
