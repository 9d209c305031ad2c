/**
 * A run that is ended early by what its clients, flows or streams have measured so far.
 */
import { startTimer } from '../../src/net/timer.ts';
import { isBroken } from '../judge/expectation.ts';
import type { Expectation } from '../judge/expectation.ts';
import type { CertainFigures } from '../session/certainty.ts';

/** How often they are looked at. */
const LOOK_MS = 500;

/**
 * Called twice a second for each client, with what is certain of its figures: none of them can end lower.
 * @param total datagrams of the whole stream
 * @returns true to end the run, in good order
 */
export type EndWhen = (figures: CertainFigures, total: number) => boolean;

/** The same for a session of a stream of that length; null for none. */
export const isOverFor = (
  endWhen: EndWhen | null | undefined,
  total: number,
): ((figures: CertainFigures) => boolean) | null => (endWhen ? (figures) => endWhen(figures, total) : null);

/** Ends a run when one of the expectations is broken for good; null without `abortOnFail`. */
export const endWhenBroken = ({
  expect = [],
  abortOnFail,
}: {
  readonly expect?: readonly Expectation[];
  readonly abortOnFail: boolean;
}): EndWhen | null =>
  abortOnFail
    ? (figures, total) => expect.some((expectation) => isBroken(expectation, figures, total))
    : null;

/** A stream of fewer datagrams, of which nobody knows the end, has no share that says anything. */
const MIN_SHARED = 1000;

/** What is a share of a stream of which nobody knows the end is a share of what has come; Infinity: of too little so far. */
export const totalSoFar = (datagrams: number): number => (datagrams < MIN_SHARED ? Infinity : datagrams);

/** What is looked at, and the datagrams of all of it; Infinity where nothing can be said of a share of them yet. */
export interface CertainPart {
  readonly figures: CertainFigures;
  readonly total: number;
}

/**
 * Looks twice a second, and calls `end` once with what it has seen, when one of the parts says that the run is over.
 * @param endWhen null looks at nothing
 * @returns a function to call when there is nothing more to look at
 */
export function watchParts(
  look: () => readonly CertainPart[],
  endWhen: EndWhen | null,
  end: (seen: readonly CertainPart[]) => void,
): () => void {
  if (endWhen === null) return () => undefined;
  const check = (): void => {
    const seen = look();
    if (seen.some(({ figures, total }) => endWhen(figures, total))) end(seen);
    else callOff = startTimer(check, LOOK_MS);
  };
  let callOff = startTimer(check, LOOK_MS);
  return () => callOff();
}
