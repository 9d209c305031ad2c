/**
 * The workloads by name, with the contenders that this machine has.
 */
import type { TransportName } from '../resolveTransport.ts';
import type { Tools } from './compile.ts';
import { microsecondWorkload } from './microsecond.ts';
import { nodeWorkload } from './nodeLoop.ts';
import { pacingWorkloads } from './pacing.ts';
import type { Programs } from './programs.ts';
import { proxyWorkload } from './proxyWorkload.ts';
import type { Workload } from './sample.ts';
import { throughputWorkload } from './throughputWorkload.ts';
import { timersWorkloads } from './timers.ts';

export type WorkloadName = 'throughput' | 'proxy' | 'pacing' | 'timers' | 'node';
export const WORKLOADS: readonly WorkloadName[] = ['throughput', 'proxy', 'pacing', 'timers', 'node'];

/** What the workloads of one run share. */
export interface Bench {
  /** How long a round of a contender lasts, flat out; those that count whole seconds take the next one. */
  readonly durationS: number;
  /** How finely the highest rate of a proxy is looked for. */
  readonly halvings: number;
  readonly programs: Programs;
  /** The best that works here: what ours runs on, but for the workload `node`. */
  readonly transport: TransportName;
  /** Our own C programs; null without a compiler. */
  readonly tools: Tools | null;
  /** A folder that goes away with the run. */
  readonly tempDir: string;
}

/**
 * A steady stream is for long use. Its first second, in which every program here still loads and compiles code and fills
 * caches, is not to be most of the round.
 */
const STEADY_TIMES = 5;
/** What a stall costs at a million datagrams a second takes longer to show. */
const MICROSECOND_TIMES = 10;

const lasting = (bench: Bench, times: number): Bench => ({ ...bench, durationS: times * bench.durationS });

/** The workloads of a name; instead of one that cannot be measured here, the reason. */
export function workloadsOf(name: WorkloadName, bench: Bench): readonly (Workload | string)[] {
  switch (name) {
    case 'throughput':
      return [throughputWorkload(bench)];
    case 'proxy':
      return [proxyWorkload(bench)];
    case 'pacing':
      return [
        ...pacingWorkloads(lasting(bench, STEADY_TIMES)),
        microsecondWorkload(lasting(bench, MICROSECOND_TIMES)),
      ];
    case 'timers':
      return timersWorkloads(lasting(bench, STEADY_TIMES));
    case 'node':
      return [nodeWorkload(bench)];
    default:
      return name satisfies never;
  }
}
