import { suite } from 'uvu';
import { checkLossModels, checkShares } from './closedFormChecks.ts';

const test = suite('the closed forms at ten million');

test('the models lose what they say, and a biased copy is found out', () => checkLossModels(1e7));

test('corruption, copies, holds and delays come as the knobs say', () => checkShares(1e7));

test.run();
