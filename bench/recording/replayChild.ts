/**
 * Replays a recording on the virtual clock, and says what its process took at most. Started by measureReplay.ts only.
 */
import { scanReplay, playRecording, replayRecording } from '../../harness/runs/replay.ts';
import { completePlan } from '../../harness/runs/replayPlan.ts';
import type { ReplayPlan } from '../../harness/runs/replayPlan.ts';
import { readImpairment } from '../../harness/impairment/impairment.ts';
import { sum } from '../../src/base/figures.ts';
import type { ReplayFigures } from './measureReplay.ts';

const [path = '', clients = '1', verdict] = process.argv.slice(2);
const plan: ReplayPlan = {
  path,
  clients: Number(clients),
  clock: 'virtual',
  impairment: readImpairment({ seed: '7', down: { drop: '1%', reorder: '1%', duplicate: '1%' } }),
};
const began = performance.now();
const { judgement } =
  verdict === 'none'
    ? await playRecording(plan, await scanReplay(completePlan(plan)))
    : await replayRecording(plan);
const figures: ReplayFigures = {
  seconds: (performance.now() - began) / 1e3,
  peakMib: process.resourceUsage().maxRSS / 1024,
  mismatches: judgement.comparison.filter((row) => row.verdict === 'mismatch').length,
  unexplained: sum(judgement.ledger.map(({ unexplained }) => unexplained ?? 0)),
  sent: sum(judgement.ledger.map(({ sent }) => sent ?? 0)),
};
process.send?.(figures);
process.disconnect?.();
