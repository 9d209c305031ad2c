/**
 * The capacity of a path: the highest rate without loss, searched for as RFC 2544 (section 26.1) does, and then
 * offered again and again, because one trial without loss says little on a machine that does other things too.
 *
 * It runs the trials it is given, one after the other.
 */
import type { TableRow } from '../../harness/report/tables.ts';
import { highestRate } from '../rateSearch.ts';
import { capacityRow, passes } from './capacityFigures.ts';
import type { CapacityPath, TrialFigures } from './capacityFigures.ts';
import { runTrial } from './trial.ts';
import type { TrialPlan } from './trial.ts';

export interface CapacityPlan extends TrialPlan {
  /** How often the rate found is offered again. */
  readonly trials: number;
  /** How often the gap between the highest rate that held and the lowest that failed is halved; default 6: 1 %. */
  readonly halvings?: number;
  /** Hears each trial as it ends. */
  readonly onTrial?: (trial: TrialFigures) => void;
}

export interface CapacityResult {
  readonly row: TableRow<'capacity'>;
  /** The trials at the capacity, in order. */
  readonly trials: readonly TrialFigures[];
  /** The trial that failed at the lowest rate above it, and so says what the limit is; null where none failed. */
  readonly above: TrialFigures | null;
  /** A sentence for each trial whose account does not close; empty when every datagram is accounted for. */
  readonly faults: readonly string[];
}

/** Where the search begins: what any machine that runs this does. */
const START_PPS = { node: 10_000, linux: 50_000 } as const;
const HALVINGS = 6;

/** @throws EnvironmentError when a trial does not end in its time */
export const runCapacity = (plan: CapacityPlan): Promise<CapacityResult> =>
  searchCapacity(plan, START_PPS[plan.transport], (pps) => runTrial(plan, pps));

/** The same with trials of any kind. @param trial offers a rate, or the nearest one it can */
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

/** The trial that failed at the lowest rate above one, the later of two at the same rate. */
function lowestFailure(failed: readonly TrialFigures[], abovePps: number): TrialFigures | null {
  let lowest: TrialFigures | null = null;
  for (const trial of failed) {
    const { offeredPps } = trial;
    if (offeredPps > abovePps && offeredPps <= (lowest?.offeredPps ?? Number.POSITIVE_INFINITY))
      lowest = trial;
  }
  return lowest;
}
