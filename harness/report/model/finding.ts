/**
 * What one kind of table says of a run, in parts that the verdict's sentence is made of; and words for counts.
 */
export interface Finding {
  /** Datagrams whose account is known and leaves nothing unexplained. */
  readonly accounted: number;
  /** What is wrong, a clause each; the worst kind of it. */
  readonly wrong: readonly string[];
  readonly kind: 'mismatch' | 'unexplained' | null;
  /** Whether there are datagrams that nothing explains. */
  readonly isOpen: boolean;
  /** Every row that is wrong, a line each. */
  readonly faults: readonly string[];
  /** What was compared and is as it has to be, a clause each; it may go on from `… is accounted for; `. */
  readonly right: readonly string[];
  /** What a reader should know besides, a sentence each. */
  readonly besides: readonly string[];
  /** What was to be judged and could not be, a clause each. */
  readonly missing: readonly string[];
}

export const NO_FINDING: Finding = {
  accounted: 0,
  wrong: [],
  kind: null,
  isOpen: false,
  faults: [],
  right: [],
  besides: [],
  missing: [],
};

/** A whole number with a comma between thousands. */
export const grouped = (count: number): string => String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');

/** `1 figure`, `2,000 figures`. */
export const many = (count: number, noun: string): string =>
  `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;

/** `is` or `are`. */
export const be = (count: number): string => (count === 1 ? 'is' : 'are');
