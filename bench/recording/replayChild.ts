/**
 * Replays a recording on the virtual clock, and says what its process took at most. Started by main.ts only.
 */
import { replayRecording } from '../../harness/runs/replay.ts';
import { readImpairment } from '../../harness/impairment/impairment.ts';
import { sum } from '../../src/base/figures.ts';

/** The answer. */
export interface ReplayFigures {
  readonly seconds: number;
  readonly peakMib: number;
  readonly unexplained: number;
  readonly sent: number;
}

const [path = '', clients = '1'] = process.argv.slice(2);
const began = performance.now();
const { judgement } = await replayRecording({
  path,
  clients: Number(clients),
  clock: 'virtual',
  impairment: readImpairment({ seed: '7', down: { drop: '1%', reorder: '1%', duplicate: '1%' } }),
});
const figures: ReplayFigures = {
  seconds: (performance.now() - began) / 1e3,
  peakMib: process.resourceUsage().maxRSS / 1024,
  unexplained: sum(judgement.ledger.map(({ unexplained }) => unexplained ?? 0)),
  sent: sum(judgement.ledger.map(({ sent }) => sent ?? 0)),
};
process.send?.(figures);
process.disconnect?.();
