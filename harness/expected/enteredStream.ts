/**
 * The input of the expected side at a proxy: a stream as it entered, with gaps, out of order, with repeats.
 */
import type { FateColumns } from './expectedStream.ts';

/** Why what was held for later ones left without them; see the proxy's notes. */
export interface ExitMark {
  /** How many datagrams had entered. */
  readonly entered: number;
  readonly kind: 'quiet' | 'end' | 'close';
  readonly timeNs: number;
  /** The announced last index; null for none. */
  readonly lastIndex: number | null;
}

/** A stream as it entered, by row in order of arrival. */
export interface EnteredStream {
  readonly firstIndex: number;
  readonly indices: Uint32Array;
  /** 1 for the first datagram with its index, 2 and up for repeats. */
  readonly repeats: Uint16Array;
  readonly sizesBytes: Uint16Array;
  readonly timesNs: Float64Array;
  /** In order. */
  readonly marks: readonly ExitMark[];
  /** Planned sending time of an index, nanoseconds, where the stream's plan is known; null: times are those of arrival. */
  readonly plannedNs: ((index: number) => number) | null;
  /** Whether the rows are only the stream's beginning. */
  readonly isCut: boolean;
  /** Time 0, nanoseconds; by default its first arrival. */
  readonly originNs?: number;
}

/** The fate of a repeat. */
export interface RepeatFate {
  readonly dropCause: number;
  readonly copies: number;
  readonly hold: number;
  readonly corrupt: number;
  readonly delayNs: number;
}

/** Fates of first datagrams by index, and of repeats. A missing index is asked for by the row that shows that it is missing. */
export interface EnteredFates extends Omit<FateColumns, 'at'> {
  at(index: number, row: number): number;
  repeat(index: number, repeat: number, row: number): RepeatFate;
}

/** Time 0 of `arrivals`, nanoseconds: when the first one arrived, if nothing else is said. */
export const startNs = ({ timesNs, originNs }: Pick<EnteredStream, 'timesNs' | 'originNs'>): number =>
  originNs ?? timesNs[0] ?? 0;
