/**
 * A run that is ended early by what its clients have measured so far.
 */
import { isBroken } from '../judge/expectation.ts';
import type { Expectation } from '../judge/expectation.ts';
import type { CertainFigures } from '../session/certainty.ts';

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
