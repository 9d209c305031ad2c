/** Settings at the ends of their ranges: never, always, at once, one at a time. */
import * as fc from 'fast-check';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../../src/base/errors.ts';
import { UNIMPAIRED, readImpairment } from '../../../harness/impairment/impairment.ts';
import type { ImpairmentConfig } from '../../../harness/impairment/config.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import type { Knobs } from '../../../harness/impairment/knobs.ts';
import { prepareReplay, replayRecording } from '../../../harness/runs/replay.ts';
import type { PreparedReplay } from '../../../harness/runs/replay.ts';
import { completePlan } from '../../../harness/runs/replayPlan.ts';

const test = suite('knobs at the ends of their ranges');

const path = join(import.meta.dirname, '../../../recordings/match-7-check.jsonl');
let prepared: PreparedReplay | undefined;

/** Every figure of a comparison on the virtual clock is one, or none; every datagram is accounted for. */
async function holds(down: ImpairmentConfig): Promise<void> {
  const plan = {
    path,
    impairment: { ...UNIMPAIRED, seed: '1', down },
    clock: 'virtual',
    clients: 1,
  } as const;
  prepared ??= await prepareReplay(completePlan(plan));
  const { judgement } = await replayRecording(plan, prepared);
  assert.is(judgement.ledger[0]?.unexplained, 0);
  for (const row of judgement.comparison) {
    assert.is.not(row.verdict, 'mismatch', row.metric);
    for (const figure of Object.values(row)) assert.not.equal(figure, Number.NaN, row.metric);
  }
}

/** What a loss model that never loses, or always does, loses of the recording's 48 datagrams: configured, least, most, expected. */
async function lossOf(knobs: Knobs): Promise<unknown[]> {
  const impairment = readImpairment({ seed: '1', down: knobs });
  const { judgement } = await replayRecording({ path, impairment, clock: 'virtual', clients: 1 });
  const row = judgement.comparison.find(({ metric }) => metric === 'lost');
  return [
    Math.fround(row?.configured ?? -1),
    row?.configured_low,
    row?.configured_high,
    row?.expected,
    row?.verdict,
  ];
}

test('a loss model that never loses loses nothing', async () => {
  for (const knobs of [
    { drop: '0' },
    { dropExact: '0%/7' },
    { dropBurst: '0,100%' },
    { dropBurst: '0,25%,100%,0' },
    { dropBurst: '1%,25%,0,0' },
    { dropState: '0,30%,10%,50%,0' },
    { dropState: '0,100%,0,0,0' },
  ]) {
    assert.equal(await lossOf(knobs), [0, 0, 0, 0, 'match'], JSON.stringify(knobs));
  }
});

test('one that always loses leaves nothing', async () => {
  for (const knobs of [
    { drop: '100%' },
    { dropExact: '100%/7' },
    { dropBurst: '1%,25%,100%,100%' },
    { dropBurst: '0,100%,0,100%' },
  ]) {
    assert.equal(await lossOf(knobs), [48, 48, 48, 48, 'match'], JSON.stringify(knobs));
  }
});

const ratio = fc.constantFrom('0', '1e-300', '1e-17', '30%', '99.99999999999999%', '100%');
const ratios = (least: number, most: number) =>
  fc.array(ratio, { minLength: least, maxLength: most }).map((parts) => parts.join(','));
const span = fc.constantFrom('0', '1ns', '10ms', '300ms');

const knobs: fc.Arbitrary<Knobs> = fc
  .record({
    loss: fc.oneof(
      fc.constant({}),
      ratio.map((drop) => ({ drop })),
      fc
        .constantFrom('0%/1', '100%/1', '0%/48', '100%/48', '50%/1000000')
        .map((dropExact) => ({ dropExact })),
      ratios(2, 4).map((dropBurst) => ({ dropBurst })),
      ratios(5, 5).map((dropState) => ({ dropState })),
    ),
    lists: fc.constantFrom<Knobs>(
      {},
      {},
      { dropList: '1-999999999999999' },
      { dropList: '48', duplicateList: '1,48', reorderList: '1:1000,48:1' },
      { outage: '0..1ns' },
      { outage: '0..1h' },
    ),
    copies: fc.oneof(
      fc.constant({}),
      ratio.map((duplicate) => ({ duplicate })),
    ),
    damage: fc.oneof(
      fc.constant({}),
      ratio.map((corrupt) => ({ corrupt })),
    ),
    order: fc.oneof(
      fc.constant({}),
      fc.record({ reorder: ratio, reorderDistance: fc.constantFrom('1', '1..1000', '1000') }),
    ),
    time: fc.oneof(
      fc.constant({}),
      fc.record({
        delay: span,
        jitter: span,
        distribution: fc.constantFrom('uniform', 'normal', 'pareto', 'paretonormal'),
        keepOrder: fc.boolean(),
      }),
    ),
    link: fc.oneof(
      fc.constant({}),
      fc.record({
        rate: fc.constantFrom('100kbit', '1000gbit'),
        queue: fc.constantFrom('0', '1', '1000000'),
      }),
    ),
  })
  .map((parts) => Object.assign({}, ...Object.values(parts)) as Knobs);

test('whatever is legal gives figures, together with whatever else', async () => {
  await fc.assert(
    fc.asyncProperty(knobs, async (given) => {
      let down: ImpairmentConfig;
      try {
        down = readKnobs(given);
      } catch (cause) {
        if (cause instanceof UsageError) return;
        throw cause;
      }
      await holds(down);
    }),
    { seed: 4, numRuns: 60 },
  );
});

test.run();
