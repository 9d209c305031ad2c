/**
 * Searches for the highest rate without failure, by doubling and then halving the gap, like the throughput test of RFC
 * 2544.
 *
 * The caller runs the trials. A rate counts as failed only after two failures in a row, because other load on the
 * machine can spoil a single trial.
 */

/**
 * `holds`: the rate held; `fails`: it did not; `unoffered`: nothing failed, but the load generator could not reach the
 * rate.
 */
export type TrialOutcome = 'holds' | 'fails' | 'unoffered';

export interface SearchPlan {
  readonly startPps: number;
  /** How often the gap between the highest rate that held and the lowest that failed is halved. */
  readonly halvings: number;
  readonly trial: (pps: number) => Promise<TrialOutcome>;
}

/** The lowest rate of the search, as a part of the starting rate. */
const MIN_PART = 1 / 64;
/** Above what any load generator reaches. */
const MAX_PPS = 1e8;

/** @returns datagrams a second; null when even the lowest rate failed */
export async function highestRate(plan: SearchPlan): Promise<number | null> {
  const attempt = async (pps: number): Promise<TrialOutcome> => {
    const first = await plan.trial(pps);
    return first === 'fails' ? plan.trial(pps) : first;
  };
  let good = 0;
  let bad = Number.POSITIVE_INFINITY;
  let outcome = await attempt(plan.startPps);
  if (outcome === 'fails') {
    bad = plan.startPps;
    for (let pps = bad / 2; good === 0 && pps >= plan.startPps * MIN_PART; pps /= 2) {
      if ((await attempt(pps)) === 'fails') bad = pps;
      else good = pps;
    }
    if (good === 0) return null;
  } else {
    good = plan.startPps;
    while (outcome === 'holds' && good < MAX_PPS) {
      outcome = await attempt(good * 2);
      if (outcome === 'fails') bad = good * 2;
      else good *= 2;
    }
    if (bad === Number.POSITIVE_INFINITY) return good;
  }
  for (let k = 0; k < plan.halvings; k += 1) {
    const between = Math.sqrt(good * bad);
    if ((await attempt(between)) === 'fails') bad = between;
    else good = between;
  }
  return good;
}
