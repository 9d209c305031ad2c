/** Replays of a recording of 600 messages, one each 10 ms, whose conditions change on the way. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { readImpairment } from '../../../harness/impairment/impairment.ts';
import type { PhaseKnobs } from '../../../harness/impairment/impairment.ts';
import type { Knobs } from '../../../harness/impairment/knobs.ts';
import type { Judgement } from '../../../harness/judge/judge.ts';
import { recordMatch } from '../../../harness/runs/record.ts';
import { replayRecording } from '../../../harness/runs/replay.ts';
import type { ReplayPlan } from '../../../harness/runs/replayPlan.ts';
import { countFaults } from '../judge/faults.ts';
import { temporaryFolder } from '../recording/tiny.ts';

export const folder = temporaryFolder();
const RECORDING = join(folder, 'match.jsonl');
export const COUNT = 600;
export const INTERVAL_NS = 10e6;
await recordMatch({
  out: RECORDING,
  clock: 'virtual',
  seed: '42',
  messages: COUNT,
  interval: INTERVAL_NS,
  check: true,
  language: 'en',
});

export const replay = async (
  down: Knobs,
  phases: readonly PhaseKnobs[],
  more: Partial<ReplayPlan> = {},
): Promise<Judgement> => {
  const { judgement } = await replayRecording({
    path: RECORDING,
    impairment: readImpairment({ seed: '7', down, phases }),
    clock: 'virtual',
    mode: 'in-process',
    clients: 2,
    tmaxNs: 0.2e9,
    ...more,
  });
  return judgement;
};

export const FIRST: Knobs = { drop: '5%', delay: '10ms' };
/** From index 101 on, and from index 301 on: a message each 10 ms. */
export const THREE: readonly PhaseKnobs[] = [
  { atNs: 1e9, down: { dropBurst: '10%,30%', duplicate: '20%', delay: '40ms', jitter: '30ms' } },
  { atNs: 2.995e9, down: { dropExact: '20%/50', corrupt: '5%', duplicate: '20%' } },
];

export const filesIn = (path: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(path)
      .toSorted()
      .map((name) => [name, readFileSync(join(path, name), 'utf8')]),
  );

const anyKnobs: fc.Arbitrary<Knobs> = fc.constantFrom<Knobs>(
  {},
  { drop: '20%', dropMaxRun: '2' },
  { dropExact: '20%/30', delay: '20ms' },
  { dropBurst: '5%,30%', duplicate: '10%', delay: '60ms', jitter: '50ms', keepOrder: true },
  { delay: '60ms', jitter: '50ms', reorder: '10%' },
  { reorder: '20%', reorderDistance: '1..40', outage: '1s..1500ms' },
  { rate: '60kbit', queue: '5' },
  { rate: '60kbit', queue: '1', delay: '5ms' },
  { rate: '400kbit', queue: '20', duplicate: '50%', delay: '30ms', keepOrder: true },
  { rate: '100kbit', queue: '2000B', corrupt: '10%' },
  { drop: '50%', delay: '100ms', mtu: '600' },
  { jump: '2%', jumpDistance: '2..5', dropList: '30-90' },
);

/** Draws settings and times, and judges the replay of each. */
export const judgeAny = (seed: number, numRuns: number): Promise<void> =>
  Promise.resolve(
    fc.assert(
      fc.asyncProperty(
        fc.array(anyKnobs, { minLength: 2, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 1500 }), { minLength: 4, maxLength: 4 }),
        async (settings, gapsMs) => {
          let atNs = 0;
          const [first = {}, ...later] = settings;
          const phases = later.map((down, k) => ({ atNs: (atNs += (gapsMs[k] ?? 1) * 1e6), down }));
          const judgement = await replay(first, phases);
          assert.equal(
            judgement.comparison.filter(({ verdict }) => verdict === 'mismatch'),
            [],
          );
          assert.is(countFaults(judgement.comparison, judgement.ledger), 0);
          assert.ok(judgement.comparison.some(({ verdict }) => verdict === 'match'));
        },
      ),
      { seed, numRuns },
    ),
  );
