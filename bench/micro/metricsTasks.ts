/**
 * The metrics of a whole stream, from the first arrival to the last final loss.
 *
 * Figures are per arrival. Each block has a new receiver, whose construction is not measured.
 */
import { StreamMetrics } from '../../src/metrics/streamMetrics.ts';
import { randomStream } from '../../src/base/random.ts';
import { EMPTY, mixText, mixWord } from './checksum.ts';
import type { MicroSize, MicroSuite, MicroTask } from './task.ts';

/** Counts sent: at full size more than the window, so that it slides. */
const COUNTS: Record<MicroSize, number> = { full: 100_000, smoke: 5000 };

const INTERVAL_NS = 10_000;
const SIZE_BYTES = 200;
const LOSS_RATIO = 0.05;
const REORDER_RATIO = 0.05;
const DUPLICATE_RATIO = 0.01;
const MAX_DISTANCE = 3;
const JITTER_NS = 5000;

/** The order of arrival: 5 % of the counts lost, 5 % overtaken by 1 to 3 others, 1 % duplicated. */
function disturb(counts: number): Float64Array {
  const { draw } = randomStream('bench/metrics');
  const placed: { readonly place: number; readonly count: number }[] = [];
  for (let count = 1; count <= counts; count += 1) {
    if (draw() < LOSS_RATIO) continue;
    const isHeld = draw() < REORDER_RATIO;
    const place = isHeld ? count + 1.5 + Math.floor(draw() * MAX_DISTANCE) : count;
    placed.push({ place, count });
    if (draw() < DUPLICATE_RATIO) placed.push({ place, count });
  }
  return Float64Array.from(placed.toSorted((a, b) => a.place - b.place).map(({ count }) => count));
}

function inOrder(counts: number): Float64Array {
  return Float64Array.from({ length: counts }, (_, k) => k + 1);
}

function arrivalsTask(
  name: string,
  lastCount: number,
  counts: Float64Array,
  hasSendTimes: boolean,
): MicroTask {
  const { draw } = randomStream('bench/metrics/jitter');
  const arrivalsNs = counts.map((_, k) => k * INTERVAL_NS + Math.floor(draw() * JITTER_NS));
  const sendsNs = counts.map((count) => (hasSendTimes ? count * INTERVAL_NS : Number.NaN));
  let metrics = new StreamMetrics({ firstCount: 1 });
  return {
    name,
    operations: counts.length,
    prepare: () => {
      metrics = new StreamMetrics({ firstCount: 1 });
    },
    run: () => {
      for (let k = 0; k < counts.length; k += 1) {
        metrics.handleArrival(counts[k] as number, arrivalsNs[k] as number, sendsNs[k] as number, SIZE_BYTES);
      }
      metrics.finish(lastCount);
      return mixWord(EMPTY, counts.length);
    },
    sumRest: (sum) => {
      const text = JSON.stringify([metrics.statistics(), [...metrics.reorderDensity()]]);
      return mixText(sum, text);
    },
  };
}

export const METRICS: MicroSuite = {
  name: 'metrics',
  tasks: (size) => {
    const counts = COUNTS[size];
    const disturbed = disturb(counts);
    return [
      arrivalsTask('in order', counts, inOrder(counts), false),
      arrivalsTask('disturbed', counts, disturbed, false),
      arrivalsTask('disturbed with send times', counts, disturbed, true),
    ];
  },
};
