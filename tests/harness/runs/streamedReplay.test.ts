/** A replay whose recording is not kept in memory tells the same as one whose recording is. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readImpairment } from '../../../harness/impairment/impairment.ts';
import { loadRecording } from '../../../harness/recording/loadRecording.ts';
import {
  playRecording,
  prepareReplay,
  replayControl,
  replayRecording,
} from '../../../harness/runs/replay.ts';
import { completePlan } from '../../../harness/runs/replayPlan.ts';
import type { ReplayPlan } from '../../../harness/runs/replayPlan.ts';

const PATH = join(import.meta.dirname, '../../../recordings/season-1.jsonl.gz');
const PLAN: ReplayPlan = {
  path: PATH,
  impairment: readImpairment({
    seed: '7',
    down: { drop: '5%', reorder: '5%', duplicate: '2%', delay: '40ms', jitter: '30ms' },
  }),
  clients: 3,
  clock: 'virtual',
};

/** The judgement of a replay, with all that is told. */
async function judged(keepBytes: number, more: Partial<ReplayPlan>) {
  const plan = { ...PLAN, ...more };
  const prepared = await prepareReplay(completePlan(plan));
  const recording = await loadRecording(PATH, { stream: true, keepBytes });
  assert.is('bytes' in recording, keepBytes > 0);
  const { judgement, shortened } = await replayRecording(plan, { ...prepared, recording });
  assert.is(shortened, null);
  return judgement;
}

const test = suite('a recording that is not kept');

test('gives the same replay on the virtual clock, to the last figure, twice', async () => {
  const kept = await judged(2 ** 30, {});
  assert.equal(await judged(0, {}), kept);
  assert.equal(await judged(0, {}), kept);
  assert.ok(kept.ledger.every(({ dropped, unexplained }) => dropped > 50 && unexplained === 0));
});

test('is played on sockets, flat out, and every arrival compared', async () => {
  const judgement = await judged(0, { clock: 'real', mode: 'in-process', intervalNs: 0, tmaxNs: 2e8 });
  assert.equal(
    judgement.ledger.map(({ unexplained }) => unexplained),
    [0, 0, 0],
  );
  assert.not(judgement.comparison.some(({ verdict }) => verdict === 'mismatch'));
});

test('has a control run of its beginning, which ends with it', async () => {
  const plan = { ...PLAN, clock: 'real', mode: 'in-process', tmaxNs: 2e8 } as const;
  const prepared = await prepareReplay(completePlan(plan));
  const recording = await loadRecording(PATH, { stream: true, keepBytes: 0 });
  const { session, noise } = await replayControl(plan, 0, { ...prepared, recording });
  assert.equal(
    session.judgement.ledger.map(({ sent, delivered, unexplained }) => [sent, delivered, unexplained]),
    Array.from({ length: 3 }, () => [20, 20, 0]),
  );
  assert.ok(noise !== null);
});

test('without a verdict it is played in the same way, measured and accounted for, and compared with nothing', async () => {
  const kept = await judged(2 ** 30, {});
  const { judgement } = await playRecording(PLAN);
  assert.equal(judgement.measured, kept.measured);
  assert.equal(judgement.ledger, kept.ledger);
  assert.equal(judgement.causes, kept.causes);
  for (const { expected, expected_low, configured, verdict } of judgement.comparison)
    assert.equal([expected, expected_low, configured, verdict], [null, null, null, 'not measured']);
  assert.equal(
    judgement.comparison.map(({ metric, measured }) => [metric, measured]),
    kept.comparison.map(({ metric, measured }) => [metric, measured]),
  );
  assert.equal(judgement.remarks, ['--no-verdict: nothing is compared with the schedule']);
});

test.run();
