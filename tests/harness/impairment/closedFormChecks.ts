/**
 * Streams long enough to hold the loss models against their closed forms: shared by the quick and the long test.
 */
import * as assert from 'uvu/assert';
import { lossInterval, meanLossRatio, meanLossRun } from '../../../harness/impairment/analytic.ts';
import type { DropModel } from '../../../harness/impairment/config.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../harness/impairment/schedule.ts';

const KEY = { seed: 'closed forms', flow: 1, direction: 'down' } as const;

/** Losses and runs of losses among indices 1 to `count`. */
function countLosses(knobs: Record<string, string>, count: number): { losses: number; runs: number } {
  const schedule = new Schedule(readKnobs(knobs), KEY);
  let losses = 0;
  let runs = 0;
  let before = 0;
  for (let index = 1; index <= count; index += 1) {
    const lost = schedule.dropCause[schedule.at(index)] === 0 ? 0 : 1;
    losses += lost;
    if (lost > before) runs += 1;
    before = lost;
  }
  return { losses, runs };
}

const percent = (ratio: number): string => `${(ratio * 100).toFixed(9)}%`;

/**
 * One model each: its knobs, its mean loss and mean run as literals, and the same knobs with a mean loss higher by
 * ten standard errors of a stream of that length.
 */
const MODELS = [
  {
    knobs: { drop: '5%' },
    loss: 0.05,
    run: 1 / 0.95,
    biased: (n: number) => ({ drop: percent(0.05 + 10 * Math.sqrt((0.05 * 0.95) / n)) }),
  },
  {
    // Whole blocks leave no error to multiply by ten: one more a block is the least bias there is.
    knobs: { dropExact: '5%/100' },
    loss: 0.05,
    run: null,
    biased: () => ({ dropExact: '6%/100' }),
  },
  {
    knobs: { dropBurst: '1%,25%' },
    loss: 0.01 / 0.26,
    run: 4,
    // Losses are states of a two-state chain whose memory decays as 0.74^k: the variance of their count is larger
    // than the binomial one by (1 + 0.74) / (1 − 0.74). Raising P raises P / (P + R).
    biased: (n: number) => {
      const loss = 0.01 / 0.26;
      const standardError = Math.sqrt((loss * (1 - loss) * 1.74) / 0.26 / n);
      const target = loss + 10 * standardError;
      return { dropBurst: `${percent((0.25 * target) / (1 - target))},25%` };
    },
  },
  {
    knobs: { dropBurst: '2%,20%,80%,1%' },
    // (R × LOSS_GOOD + P × LOSS_BAD) / (P + R)
    loss: (0.2 * 0.01 + 0.02 * 0.8) / 0.22,
    run: null,
    biased: (n: number) => {
      const loss = (0.2 * 0.01 + 0.02 * 0.8) / 0.22;
      const bad = 0.02 / 0.22;
      const variance = loss * (1 - loss) + (2 * bad * (1 - bad) * 0.79 ** 2 * 0.78) / 0.22;
      const extra = 10 * Math.sqrt(variance / n);
      return { dropBurst: `2%,20%,80%,${percent(0.01 + extra / (1 - bad))}` };
    },
  },
  {
    knobs: { dropState: '1%,30%,10%,50%,0.5%' },
    // Weights of states 1 to 4, from the balance of flows: 0.3, 0.002, 0.01, 0.0015.
    loss: 0.0115 / 0.3135,
    run: null,
    biased: (n: number) => {
      const loss = 0.0115 / 0.3135;
      // The binomial variance times 8 is more than that of bursts whose mean run is near 3.
      const extra = 10 * Math.sqrt((8 * loss * (1 - loss)) / n);
      return { dropState: `1%,30%,10%,50%,${percent(0.005 + extra * 1.1)}` };
    },
  },
] as const;

/** Each model loses what its closed form says, in runs as long; a copy biased by ten standard errors is found out. */
export function checkLossModels(count: number): void {
  for (const { knobs, loss, run, biased } of MODELS) {
    const label = JSON.stringify(knobs);
    const drop = readKnobs(knobs).drop as DropModel;
    assert.ok(Math.abs(meanLossRatio(drop) - loss) < 1e-12, `${label}: mean loss`);
    if (run !== null) assert.ok(Math.abs(meanLossRun(drop) - run) < 1e-9, `${label}: mean run`);

    const { losses, runs } = countLosses(knobs, count);
    const [low, high] = lossInterval(drop, count);
    assert.ok(losses >= low && losses <= high, `${label}: ${losses} of ${low} to ${high}`);
    // Lengths of runs spread about as much as they are long; five standard errors.
    const meanRun = losses / runs;
    const slack = (5 * meanLossRun(drop)) / Math.sqrt(runs);
    assert.ok(Math.abs(meanRun - meanLossRun(drop)) < slack, `${label}: mean run ${meanRun}`);

    const other = countLosses(biased(count), count);
    assert.ok(other.losses > high, `${label}: a biased copy passed with ${other.losses}, up to ${high}`);
  }
}
