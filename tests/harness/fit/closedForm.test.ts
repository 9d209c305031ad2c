/**
 * Traces whose P and R are known. Seeds are fixed, so nothing here is left to chance; bounds are those that a fresh set
 * of seeds would keep with the probability stated.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { GilbertFit } from '../../../harness/fit/gilbert.ts';
import { lossInterval, meanLossRatio, meanLossRun } from '../../../harness/impairment/analytic.ts';
import { NO_IMPAIRMENT } from '../../../harness/impairment/config.ts';
import type { DropModel } from '../../../harness/impairment/config.ts';
import { formatKnobs, readKnobs } from '../../../harness/impairment/knobs.ts';
import { assertUniform, distanceFromUniform, fitSchedule, fitSeeds } from './traces.ts';

const SEEDS = 200;
const COUNT = 50_000;
/** Of 200 intervals that hold with 95 %, so many hold with 99.9 % (SciPy's binomial quantiles at 0.05 % and 99.95 %). */
const COVERED = [179, 198] as const;

const holds = ({ p, r }: GilbertFit, trueP: number, trueR: number): [boolean, boolean] => [
  p !== null && p.low <= trueP && trueP <= p.high,
  r !== null && r.low <= trueR && trueR <= r.high,
];

const bursty = suite('a Gilbert trace gives back its P and R');
const fits = fitSeeds({ dropBurst: '1%,25%' }, 'fit', SEEDS, COUNT);

bursty('95 % intervals hold the truth in 95 of 100 traces, more or less', () => {
  for (const which of [0, 1] as const) {
    const covered = fits.filter((fit) => holds(fit, 0.01, 0.25)[which]).length;
    assert.ok(covered >= COVERED[0] && covered <= COVERED[1], `${'PR'[which]}: ${covered} of ${SEEDS}`);
  }
});

bursty('a P or R that is off by a fifth is held in hardly any', () => {
  for (const which of [0, 1] as const) {
    const covered = fits.filter((fit) => holds(fit, 0.012, 0.3)[which]).length;
    assert.ok(covered < 20, `${'PR'[which]}: ${covered} of ${SEEDS}`);
  }
});

bursty('p-values of the true model are uniform, and independent loss is always rejected', () => {
  assertUniform(
    'loss runs',
    fits.map((fit) => fit.lossRuns?.pValue),
  );
  assertUniform(
    'gaps',
    fits.map((fit) => fit.gaps?.pValue),
  );
  for (const { independence, drop } of fits) {
    assert.ok((independence?.pValue ?? 1) < 1e-100);
    assert.is(drop?.kind, 'gilbertElliott');
  }
});

bursty('the same seed gives the same fit', () => {
  assert.equal(fitSchedule({ dropBurst: '1%,25%' }, 'fit 7', COUNT), fits[7]);
});

bursty.run();

const other = suite('another model is told from a Gilbert one');

other('independent loss: its ratio test is uniform, and 19 of 20 are replayed as such', () => {
  const independent = fitSeeds({ drop: '5%' }, 'independent', SEEDS, COUNT);
  assertUniform(
    'independence',
    independent.map((fit) => fit.independence?.pValue),
  );
  assertUniform(
    'gaps',
    independent.map((fit) => fit.gaps?.pValue),
  );
  const replayed = independent.filter((fit) => fit.drop?.kind === 'independent').length;
  assert.ok(replayed >= COVERED[0] && replayed <= COVERED[1], `${replayed} of ${SEEDS}`);
});

other('an exact share of every block: gaps are far from geometric', () => {
  for (const fit of fitSeeds({ dropExact: '5%/100' }, 'exact', 5, 200_000)) {
    assert.ok((fit.gaps?.pValue ?? 1) < 1e-9, `${fit.gaps?.pValue}`);
  }
});

other('four states: neither loss runs nor gaps are geometric', () => {
  for (const fit of fitSeeds({ dropState: '1%,30%,10%,50%,0.5%' }, 'state', 5, 200_000)) {
    assert.ok((fit.lossRuns?.pValue ?? 1) < 1e-9, `${fit.lossRuns?.pValue}`);
    assert.ok((fit.gaps?.pValue ?? 1) < 1e-9, `${fit.gaps?.pValue}`);
  }
});

other('the measure of uniformity tells values that are not', () => {
  const even = Array.from({ length: 200 }, (_, k) => (k + 0.5) / 200);
  assert.ok(Math.abs(distanceFromUniform(even) - Math.sqrt(200) / 400) < 1e-12);
  assert.ok(distanceFromUniform(even.map((value) => value ** 1.5)) > 1.9495);
});

other.run();

const round = suite('the flags replay what was fitted');

const asFlags = (drop: DropModel): DropModel => {
  const [flag = '', value = ''] = formatKnobs({ ...NO_IMPAIRMENT, drop }).split(' ');
  assert.match(value, /^[\de.,%-]+%$/);
  const name = flag === '--drop' ? 'drop' : 'dropBurst';
  return readKnobs({ [name]: value }).drop as DropModel;
};

round(
  'read back they are the fitted P and R, mean loss P / (P + R) and mean run 1 / R, to six digits',
  () => {
    for (const { drop, p, r } of fits) {
      const read = asFlags(drop as DropModel);
      assert.equal(read, drop);
      const [trueP, trueR] = [p?.value ?? Number.NaN, r?.value ?? Number.NaN];
      assert.ok(Math.abs(meanLossRatio(read) / (trueP / (trueP + trueR)) - 1) < 1e-5);
      assert.ok(Math.abs(meanLossRun(read) * trueR - 1) < 1e-5);
    }
  },
);

round('a replay of them loses as many, and is fitted by the same P and R', () => {
  const [first] = fits;
  const drop = asFlags(first?.drop as DropModel);
  const value = formatKnobs({ ...NO_IMPAIRMENT, drop }).split(' ')[1] as string;
  const again = fitSchedule({ dropBurst: value }, 'again', COUNT);
  const [low, high] = lossInterval(drop, COUNT);
  assert.ok(again.lost >= low && again.lost <= high, `${again.lost} of ${low} to ${high}`);
  assert.ok((first?.lost ?? 0) >= low && (first?.lost ?? 0) <= high);
  assert.equal(holds(again, first?.p?.value ?? 0, first?.r?.value ?? 0), [true, true]);
});

round('every ratio of losses to datagrams is a percentage that reads back', () => {
  for (let lost = 1; lost < 400; lost += 7) {
    for (const datagrams of [401, 9973, 1_000_003, 2 ** 31]) {
      const ratio = Number(((lost / datagrams) * 100).toPrecision(6)) / 100;
      const read = asFlags({ kind: 'independent', ratio });
      assert.equal(read, { kind: 'independent', ratio });
    }
  }
});

round.run();
