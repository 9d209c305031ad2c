/**
 * The capacity of a path: the highest rate without loss, searched for as in RFC 2544 (section 26.1) and then offered
 * repeatedly, because a single trial without loss means little on a machine with other load.
 *
 * The caller gives the trial; trials run one after the other.
 */
import type { TableRow } from '../../harness/report/tables.ts';
import { NO_PROGRESS, UNREAD, during } from '../../src/base/progress.ts';
import { highestRate } from '../rateSearch.ts';
import { capacityRow, passes } from './capacityFigures.ts';
import type { CapacityPath, TrialFigures } from './capacityFigures.ts';
import { runTrial } from './trial.ts';
import type { TrialPlan } from './trial.ts';

export interface CapacityPlan extends TrialPlan {
  /** Number of trials at the rate found. */
  readonly trials: number;
  /** How often the gap between the highest rate that held and the lowest that failed is halved; default 6: 1 %. */
  readonly halvings?: number;
  /** Called after each trial. */
  readonly onTrial?: (trial: TrialFigures) => void;
}

export interface CapacityResult {
  readonly row: TableRow<'capacity'>;
  /** The trials at the capacity, in order. */
  readonly trials: readonly TrialFigures[];
  /** The failed trial at the lowest rate above the capacity, which shows the limit; null if none failed. */
  readonly above: TrialFigures | null;
  /** One sentence for each trial with unaccounted datagrams. */
  readonly faults: readonly string[];
}

/** The first rate of the search, which any machine reaches. */
const START_PPS = { node: 10_000, linux: 50_000 } as const;
const HALVINGS = 6;

/** @throws EnvironmentError when a trial does not end in its time */
export const runCapacity = (plan: CapacityPlan): Promise<CapacityResult> =>
  searchCapacity(plan, START_PPS[plan.transport], (pps) =>
    during(plan.progress ?? NO_PROGRESS, `${plan.path}, ${Math.round(pps)}/s`, UNREAD, () =>
      runTrial(plan, pps),
    ),
  );

/** The same search with any trial. @param trial offers a rate, or the nearest one it can */
export async function searchCapacity(
  plan: Pick<CapacityPlan, 'trials' | 'halvings' | 'onTrial' | 'datagramBytes'> & {
    readonly path: CapacityPath;
  },
  startPps: number,
  trial: (pps: number) => Promise<TrialFigures>,
): Promise<CapacityResult> {
  const faults: string[] = [];
  const failed: TrialFigures[] = [];
  const offer = async (pps: number): Promise<TrialFigures> => {
    const figures = await trial(pps);
    plan.onTrial?.(figures);
    const { offeredPps, unexplained } = figures;
    if (unexplained !== 0)
      faults.push(`at ${Math.round(offeredPps)}/s: ${unexplained ?? 'unknown'} datagrams unexplained`);
    return figures;
  };
  const capacityPps = await highestRate({
    startPps,
    halvings: plan.halvings ?? HALVINGS,
    trial: async (pps) => {
      const figures = await offer(pps);
      if (passes(figures)) return 'holds';
      failed.push(figures);
      return 'fails';
    },
  });
  const trials: TrialFigures[] = [];
  const repeats = capacityPps === null ? 0 : plan.trials;
  for (let k = 0; k < repeats; k += 1) trials.push(await offer(capacityPps as number));
  const above = lowestFailure(failed, trials[0]?.offeredPps ?? 0);
  return { row: capacityRow(plan, trials, above), trials, above, faults };
}

/** The failed trial at the lowest rate above a given one; of two at the same rate the later. */
function lowestFailure(failed: readonly TrialFigures[], abovePps: number): TrialFigures | null {
  let lowest: TrialFigures | null = null;
  for (const trial of failed) {
    const { offeredPps } = trial;
    if (offeredPps > abovePps && offeredPps <= (lowest?.offeredPps ?? Number.POSITIVE_INFINITY))
      lowest = trial;
  }
  return lowest;
}
