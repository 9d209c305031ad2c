/**
 * What GitHub Actions shows of a run: an annotation for each fault.
 *
 * It makes lines; whoever calls it prints them.
 */
import { escaped } from '../../src/base/escape.ts';
import type { RunModel } from './model/runModel.ts';
import { isWrong } from './model/verdict.ts';

/** GitHub shows ten of a step. */
const MAX_ANNOTATIONS = 10;

/** A workflow command's text: what would end it is written as its percent code. */
const data = (text: string): string => escaped(text).replaceAll('%', '%25');

/** Workflow commands, a line each; none for a run that is as it has to be. */
export function annotations({ verdict }: Pick<RunModel, 'verdict'>): string[] {
  if (!isWrong(verdict)) return [];
  return [verdict.sentence, ...verdict.faults]
    .slice(0, MAX_ANNOTATIONS)
    .map((text) => `::error title=matchstream::${data(text)}`);
}
