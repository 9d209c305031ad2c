/**
 * A session on a network in memory and a virtual clock: the parts of a real session, without sockets and without waiting.
 *
 * This file has only what such a clock needs: time is advanced while something is waited for, and sessions of months have
 * a longer keep-alive period. It runs in this process; times are exact, and two runs are equal in every respect.
 */
import { sendOffsetNs } from '../../src/net/source.ts';
import type { StreamSource } from '../../src/net/source.ts';
import { SimulatedNetwork } from '../../src/net/simulated.ts';
import { startHere } from './roles.ts';
import { KEEP_ALIVE_NS, runSession } from './session.ts';
import type { SessionPlan, SessionResult } from './session.ts';
import type { Executor } from './sessionParts.ts';

export interface VirtualPlan
  extends
    Pick<SessionPlan, 'clients' | 'speed' | 'impairment' | 'fatesDir' | 'check' | 'tmaxNs' | 'signal'>,
    Partial<Pick<SessionPlan, 'verify' | 'arrivalsPath'>> {
  readonly source: StreamSource;
  /** How far wake-ups run ahead so that datagrams move in batches, nanoseconds; it affects no result. Default 10 ms. */
  readonly quantumNs?: number;
}

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
}: Pick<VirtualPlan, 'source' | 'speed' | 'tmaxNs' | 'impairment'>): number {
  const streamNs = source.total < 1 ? 0 : sendOffsetNs(source.mediaTimeNs(source.total), speed);
  const longestNs = Math.max(streamNs, tmaxNs, impairment?.holdMaxNs ?? 0);
  if (!(longestNs > LONGEST_WITH_ALIVES_NS)) return KEEP_ALIVE_NS;
  return 1e6 * Math.min(Math.ceil(longestNs / 1e6 / ALIVES_OF_A_LONG_SESSION), MAX_KEEP_ALIVE_MS);
}

export async function runVirtualSession(plan: VirtualPlan): Promise<VirtualResult> {
  const { quantumNs = QUANTUM_NS, ...rest } = plan;
  const network = new SimulatedNetwork({ quantumNs });
  const result = await runSession(
    {
      verify: null,
      arrivalsPath: null,
      ...rest,
      source: { kind: 'stream', stream: plan.source },
      keepAliveNs: keepAliveFor(plan),
      registerTimeoutNs: REGISTER_TIMEOUT_NS,
      mode: 'in-process',
      transport: 'auto',
      pacing: 'sleep',
      logsDir: null,
      debugLog: false,
      measureStalls: false,
      streamLimitMs: Number.POSITIVE_INFINITY,
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
