import { suite } from 'uvu';
import { checkLossModels } from './closedFormChecks.ts';
import { checkDelays, checkLink, checkOutages, checkShares } from './shareChecks.ts';

const test = suite('the closed forms at ten million');

test('the models lose what they say, and a biased copy is found out', () => checkLossModels(1e7));

test('corruption, copies and holds come as the knobs say, and a biased copy is found out', () =>
  checkShares(1e7));

test('delays are distributed as the formulas say, and a biased copy is found out', () => checkDelays(1e7));

test('an outage loses what is due in its span, exactly', () => checkOutages(1e7));

test('a link sends and loses what its rate and its queue say, exactly', () => checkLink(1e7));

test.run();
