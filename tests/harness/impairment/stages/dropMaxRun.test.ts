/** The longest run of losses: literal cases, an oracle over the whole sequence, and the closed form at scale. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefusal } from '../../../refusals.ts';
import { lossInterval, meanLossRatio, meanLossRun } from '../../../../harness/impairment/analytic.ts';
import { controlConfig } from '../../../../harness/impairment/config.ts';
import type { DropModel } from '../../../../harness/impairment/config.ts';
import { formatKnobs, readKnobs } from '../../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../../harness/impairment/schedule.ts';

const test = suite('the longest run of losses');

type Knobs = Readonly<Record<string, string>>;

const lossesOf = (knobs: Knobs, count: number, seed = '1'): number[] => {
  const schedule = new Schedule(readKnobs(knobs), { seed, flow: 1, direction: 'down' });
  return Array.from({ length: count }, (_, k) => (schedule.dropCause[schedule.at(k + 1)] === 0 ? 0 : 1));
};

/** What a cap makes of losses as drawn, from its wording. */
function capped(losses: readonly number[], most: number): number[] {
  let run = 0;
  return losses.map((lost) => {
    const isLost = lost === 1 && run < most;
    run = isLost ? run + 1 : 0;
    return isLost ? 1 : 0;
  });
}

test('where everything is lost, every third passes behind two', () => {
  assert.equal(lossesOf({ drop: '100%', dropMaxRun: '2' }, 8), [1, 1, 0, 1, 1, 0, 1, 1]);
});

test('no other fate moves: the draws are those without it', () => {
  for (const knobs of [{ drop: '70%' }, { dropBurst: '5%,10%' }, { dropState: '5%,10%,10%,50%,5%' }]) {
    const drawn = lossesOf(knobs, 3000);
    for (const most of [1, 2, 3, 7])
      assert.equal(lossesOf({ ...knobs, dropMaxRun: String(most) }, 3000), capped(drawn, most));
  }
});

test('a run goes on over the edge of a block, and is the same when asked from behind', () => {
  const config = readKnobs({ drop: '100%', dropMaxRun: '5' });
  const key = { seed: '1', flow: 1, direction: 'down' } as const;
  const [forward, back] = [new Schedule(config, key), new Schedule(config, key)];
  back.at(30_000);
  for (const index of [510, 511, 512, 513, 514, 8192, 8193, 1, 20_000])
    assert.is(back.dropCause[back.at(index)], index % 6 === 0 ? 0 : 3, String(index));
  for (let index = 1; index <= 20_000; index += 1)
    assert.is(forward.dropCause[forward.at(index)], index % 6 === 0 ? 0 : 3);
});

test('a listed loss is no part of a run, and is not spared', () => {
  assert.equal(lossesOf({ drop: '100%', dropMaxRun: '2', dropList: '3,6' }, 7), [1, 1, 1, 1, 1, 1, 1]);
});

test('it is read, written, refused beside what it contradicts, and acts on control datagrams', async () => {
  const config = readKnobs({ dropBurst: '1%,25%', dropMaxRun: '3' });
  assert.is(config.dropMaxRun, 3);
  assert.is(formatKnobs(config), '--drop-burst 1%,25% --drop-max-run 3');
  assert.is(controlConfig(config).dropMaxRun, 3);
  for (const [knobs, refused] of [
    [{ dropMaxRun: '3' }, 'missing | --drop-max-run'],
    [{ dropExact: '5%/100', dropMaxRun: '3' }, 'conflict | --drop-max-run'],
    [{ drop: '5%', dropMaxRun: '0' }, 'value-range | --drop-max-run'],
  ] as const)
    await assertRefusal(() => readKnobs(knobs), refused);
});

test('the closed form of independent loss is that of a chain of runs', () => {
  // Runs of 0 to N losses: the share of arrivals is (1 - p) / (1 - p^(N + 1)).
  for (const [ratio, most] of [
    [0.5, 1],
    [0.3, 2],
    [0.9, 4],
  ] as const) {
    const drop: DropModel = { kind: 'independent', ratio };
    const lost = 1 - (1 - ratio) / (1 - ratio ** (most + 1));
    assert.ok(Math.abs(meanLossRatio(drop, most) - lost) < 1e-12);
  }
  assert.ok(Math.abs(meanLossRatio({ kind: 'independent', ratio: 1 }, 3) - 3 / 4) < 1e-12);
  assert.ok(Math.abs(meanLossRun({ kind: 'independent', ratio: 1 }, 3) - 3) < 1e-12);
});

test('a long stream loses what the closed forms say, in runs as long (seeded)', () => {
  const count = 150_000;
  for (const knobs of [
    { drop: '40%' },
    { dropBurst: '2%,20%' },
    { dropBurst: '2%,10%,80%,1%' },
    { dropState: '3%,20%,20%,40%,2%' },
  ]) {
    const drop = readKnobs(knobs).drop as DropModel;
    for (const most of [1, 3]) {
      const losses = lossesOf({ ...knobs, dropMaxRun: String(most) }, count, '5');
      let lost = 0;
      let runs = 0;
      for (const [k, one] of losses.entries()) {
        lost += one;
        if (one === 1 && losses[k + 1] !== 1) runs += 1;
      }
      const [low, high] = lossInterval(drop, count, 1e-6, most);
      assert.ok(lost >= low && lost <= high, `${lost} of ${low} to ${high}`);
      // Six standard errors of bursts whose mean length is below 10: 6 × sqrt(20 × 0.25 / n).
      const slack = 6 * Math.sqrt(5 / count);
      assert.ok(Math.abs(lost / count - meanLossRatio(drop, most)) < slack, JSON.stringify([knobs, most]));
      assert.ok(Math.abs(lost / runs - meanLossRun(drop, most)) < 0.06, JSON.stringify([knobs, most]));
    }
  }
});

test.run();
