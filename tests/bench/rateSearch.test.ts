import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { highestRate } from '../../bench/rateSearch.ts';
import type { TrialOutcome } from '../../bench/rateSearch.ts';

const SEED = 20_260_101;

const search = suite('the search for the highest rate');

/** A thing that forwards so much, under a load that offers so much; every call is noted. */
const subject =
  (capacityPps: number, asked: number[] = [], offeredPps = Number.POSITIVE_INFINITY) =>
  async (pps: number): Promise<TrialOutcome> => {
    asked.push(pps);
    return pps > capacityPps ? 'fails' : pps > offeredPps ? 'unoffered' : 'holds';
  };

search('doubles, asks again where it failed, and halves the gap', async () => {
  const asked: number[] = [];
  const found = await highestRate({ startPps: 1000, halvings: 1, trial: subject(5000, asked) });
  assert.equal(asked, [1000, 2000, 4000, 8000, 8000, Math.sqrt(4000 * 8000), Math.sqrt(4000 * 8000)]);
  assert.is(found, 4000);
});

search('one failure in a row is no failure', async () => {
  let calls = 0;
  const trial = async (pps: number): Promise<TrialOutcome> => {
    calls += 1;
    return pps > 3000 || calls % 2 === 1 ? 'fails' : 'holds';
  };
  assert.is(await highestRate({ startPps: 1000, halvings: 0, trial }), 2000);
});

search('goes below its start where it must, and gives up where nothing holds', async () => {
  assert.is(await highestRate({ startPps: 1000, halvings: 0, trial: subject(300) }), 250);
  assert.is(await highestRate({ startPps: 1000, halvings: 2, trial: subject(1) }), null);
});

search('ends where the load does', async () => {
  assert.is(await highestRate({ startPps: 1000, halvings: 4, trial: subject(1e6, [], 3000) }), 4000);
});

search('comes as close below the capacity as its halvings say', async () => {
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 20, max: 1e6, noNaN: true }), fc.nat(6), async (capacity, halvings) => {
      const found = await highestRate({ startPps: 1000, halvings, trial: subject(capacity) });
      assert.ok(found !== null && found <= capacity);
      assert.ok(found * 2 ** (1 / 2 ** halvings) * 1.000_001 > capacity);
    }),
    { seed: SEED },
  );
});

search.run();
