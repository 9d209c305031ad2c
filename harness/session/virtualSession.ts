/**
 * A session on a network in memory and a virtual clock: the parts of a real one, without sockets and without waiting.
 *
 * Here stands only what such a clock needs: that time is made to pass while something is waited for, and how often a client
 * says that it is there in a session of months. It runs in this process; times are exact, and two runs are equal in
 * everything.
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
  /** How far wake-ups run ahead so that datagrams move in batches, nanoseconds; no figure depends on it. Default 10 ms. */
  readonly quantumNs?: number;
}

export interface VirtualResult extends SessionResult {
  /** Times the clock was moved: what it took, on any machine. */
  readonly steps: number;
}

const QUANTUM_NS = 10e6;
/** A client's own default: here nothing is held up. */
const REGISTER_TIMEOUT_NS = 10e9;

/** With a keep-alive period of 1 s, nothing takes longer than this. */
const LONGEST_WITH_ALIVES_NS = 24 * 3600e9;
/** Else so many times over that: every one of them is a step, and time in which nothing is due costs nothing. */
const ALIVES_OF_A_LONG_SESSION = 500;
/** What the protocol can carry. */
const MAX_KEEP_ALIVE_MS = 2 ** 31 - 1;

/** The keep-alive period of a session, by the longest that is waited in it: whole milliseconds, in nanoseconds. */
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

/** What is waited for on a clock that jumps either comes, or the network says that it has come to a stop: no limit is needed. */
function executorOn(network: SimulatedNetwork): Executor {
  let last: Promise<unknown> = Promise.resolve();
  return {
    // One after the other, because who was there first is woken first.
    start: (_mode, task) => {
      const starting = last.then(() => startHere<typeof task.role>(task, network));
      last = starting;
      return starting as never;
    },
    wait: (promise, _limitMs, _what, signal) => network.until(promise, signal),
  };
}
