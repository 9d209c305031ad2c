/**
 * The workloads by name, with the contenders that this machine has.
 */
import type { TransportName } from '../throughput/resolveTransport.ts';
import type { Tools } from './compile.ts';
import { nodeWorkload } from './nodeLoop.ts';
import { pacingWorkloads } from './pacing.ts';
import type { Programs } from './programs.ts';
import { proxyWorkload } from './proxy.ts';
import type { Workload } from './sample.ts';
import { throughputWorkload } from './throughput.ts';

export type WorkloadName = 'throughput' | 'proxy' | 'pacing' | 'node';
export const WORKLOADS: readonly WorkloadName[] = ['throughput', 'proxy', 'pacing', 'node'];

/** What the workloads of one run share. */
export interface Bench {
  /** How long each round of each contender lasts; those that count whole seconds take the next one. */
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

/** The workloads of a name, or the reason why there are none here. */
export function workloadsOf(name: WorkloadName, bench: Bench): readonly Workload[] | string {
  switch (name) {
    case 'throughput':
      return [throughputWorkload(bench)];
    case 'proxy': {
      const workload = proxyWorkload(bench);
      return typeof workload === 'string' ? workload : [workload];
    }
    case 'pacing':
      return pacingWorkloads(bench);
    case 'node':
      return [nodeWorkload(bench)];
    default:
      return name satisfies never;
  }
}
