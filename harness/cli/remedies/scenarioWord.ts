/**
 * What was meant by `scenario WORD`: a command that is misspelt, or the network to be shown.
 */
import { isNear } from '../../../src/base/near.ts';

export function scenarioRemedy(word: string): string {
  const near = ['show', 'list'].find((one) => isNear(one, word));
  return near === undefined ? `say scenario show ${word}` : `did you mean ${near}?`;
}
