/** The same claims at 10⁶ indices, at other P and R, and the limits of memory. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MAX_PAGES, PAGE_COUNTS, ReceivedByClient } from '../../../harness/fit/receivedCounts.ts';
import { assertUniform, fitSeeds } from './traces.ts';

const SEEDS = 200;
const COVERED = [179, 198] as const;

const scale = suite('a Gilbert trace of a million gives back its P and R');

for (const [dropBurst, p, r] of [
  ['0.1%,10%', 0.001, 0.1],
  ['2%,60%', 0.02, 0.6],
  ['20%,40%', 0.2, 0.4],
] as const) {
  scale(`at ${dropBurst} intervals hold 95 of 100 times and p-values are uniform`, () => {
    const fits = fitSeeds({ dropBurst }, `long ${dropBurst}`, SEEDS, 1_000_000);
    const covers = (one: { low: number; high: number } | null, value: number): boolean =>
      one !== null && one.low <= value && value <= one.high;
    for (const covered of [
      fits.filter((fit) => covers(fit.p, p)).length,
      fits.filter((fit) => covers(fit.r, r)).length,
    ]) {
      assert.ok(covered >= COVERED[0] && covered <= COVERED[1], `${covered} of ${SEEDS}`);
    }
    assertUniform(
      'loss runs',
      fits.map((fit) => fit.lossRuns?.pValue),
    );
    assertUniform(
      'gaps',
      fits.map((fit) => fit.gaps?.pValue),
    );
  });
}

scale.run();

const limits = suite('memory is bounded');

limits('one more stretch of counts than there is room for is refused, whoever it is for', () => {
  const received = new ReceivedByClient();
  for (let page = 0; page < MAX_PAGES; page += 1) {
    assert.ok(received.handle(1 + (page % 2), Math.floor(page / 2) * PAGE_COUNTS + 1));
  }
  assert.is(received.handle(3, 1), false);
  assert.ok(received.handle(1, 2), 'a stretch that is there already takes no more room');
});

limits.run();
