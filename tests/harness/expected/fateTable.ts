/** Fates written out by hand, as the columns of a schedule. Not a test. */
import type { ExpectedLine, ExpectedStream, FateColumns } from '../../../harness/expected/expectedStream.ts';

export interface Fate {
  /** Cause code, 0 for none. */
  readonly drop?: number;
  readonly copies?: number;
  readonly hold?: number;
  readonly corrupt?: boolean;
  readonly delayNs?: number;
}

/** The fates of counts 1, 2, 3, … */
export const fateTable = (fates: readonly Fate[]): FateColumns => ({
  at: (index) => index - 1,
  dropCause: fates.map((fate) => fate.drop ?? 0),
  copies: fates.map((fate) => fate.copies ?? 0),
  hold: fates.map((fate) => fate.hold ?? 0),
  corrupt: fates.map((fate) => (fate.corrupt === true ? 0.5 : -1)),
  delayNs: fates.map((fate) => fate.delayNs ?? 0),
});

/** Counts 1 to `lastCount`, a millisecond apart from 0 on, 100 bytes each. */
export const evenStream = (lastCount: number): ExpectedStream => ({
  firstCount: 1,
  lastCount,
  sizeBytes: () => 100,
  sendNs: (count) => (count - 1) * 1e6,
});

export const PLAIN_LINE: ExpectedLine = { keepOrder: false, rate: null };
