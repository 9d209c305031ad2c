/**
 * A session on a network in memory and a virtual clock: the parts of a real session, without sockets and without waiting.
 *
 * This file has only what such a clock needs: time is advanced while something is waited for, and sessions of months have
 * a longer keep-alive period. It runs in this process; times are exact, and two runs are equal in every respect.
 */
import { sendOffsetNs } from '../../src/net/source.ts';
import type { StreamSource } from '../../src/net/source.ts';
import { SimulatedNetwork } from '../../src/net/simulated.ts';
import { openSource, startHere } from './roles.ts';
import { KEEP_ALIVE_NS, runSession } from './session.ts';
import type { SessionPlan, SessionResult } from './session.ts';
import type { Executor } from './sessionParts.ts';

export interface VirtualResult extends SessionResult {
  /** Number of times that the clock was advanced: the cost, independent of the machine. */
  readonly steps: number;
}

const QUANTUM_NS = 10e6;
/** The default of a client: nothing delays parts here. */
const REGISTER_TIMEOUT_NS = 10e9;

/** With a keep-alive period of 1 s, no session lasts longer than this. */
const LONGEST_WITH_ALIVES_NS = 24 * 3600e9;
/** Maximum number of keep-alives of a longer session: each is a step, while idle time costs nothing. */
const ALIVES_OF_A_LONG_SESSION = 500;
/** The protocol's maximum. */
const MAX_KEEP_ALIVE_MS = 2 ** 31 - 1;

/** The keep-alive period of a session, by its longest wait: whole milliseconds, in nanoseconds. */
export function keepAliveFor({
  source,
  speed,
  tmaxNs,
  impairment,
}: Pick<SessionPlan, 'speed' | 'tmaxNs' | 'impairment'> & { readonly source: StreamSource }): number {
  const streamNs = source.total < 1 ? 0 : sendOffsetNs(source.mediaTimeNs(source.total), speed);
  const longestNs = Math.max(streamNs, tmaxNs, impairment?.holdMaxNs ?? 0);
  if (!(longestNs > LONGEST_WITH_ALIVES_NS)) return KEEP_ALIVE_NS;
  return 1e6 * Math.min(Math.ceil(longestNs / 1e6 / ALIVES_OF_A_LONG_SESSION), MAX_KEEP_ALIVE_MS);
}

/**
 * Runs the plan of any session. Processes, logs, stalls, pacing, time limits and `isOver` are of the real clock: what it says of
 * them has no effect.
 * @param quantumNs how far wake-ups run ahead so that datagrams move in batches, nanoseconds; it affects no result
 */
export async function runVirtualSession(plan: SessionPlan, quantumNs = QUANTUM_NS): Promise<VirtualResult> {
  const source = await openSource(plan.source);
  const network = new SimulatedNetwork({ quantumNs });
  const result = await runSession(
    {
      ...plan,
      source,
      keepAliveNs: keepAliveFor({ ...plan, source }),
      registerTimeoutNs: REGISTER_TIMEOUT_NS,
      logsDir: null,
      debugLog: false,
      measureStalls: false,
      isOver: null,
    },
    executorOn(network),
  );
  return { ...result, steps: network.steps };
}

/** On a clock that jumps, either the awaited event comes, or the network reports that nothing more can happen: no limits. */
function executorOn(network: SimulatedNetwork): Executor {
  let last: Promise<unknown> = Promise.resolve();
  return {
    // One after the other, because parts are woken in the order in which they started.
    start: (_mode, task) => {
      const starting = last.then(() => startHere<typeof task.role>(task, network));
      last = starting;
      return starting as never;
    },
    wait: (promise, _limitMs, _what, signal) => network.until(promise, signal),
  };
}
