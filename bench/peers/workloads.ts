/**
 * The workloads by name, with the contenders that are available on this machine.
 */
import type { TransportName } from '../resolveTransport.ts';
import type { Tools } from './compile.ts';
import { latencyWorkloads } from './latencyWorkload.ts';
import { microsecondWorkload } from './microsecond.ts';
import { nodeWorkload } from './nodeLoop.ts';
import { pacingWorkloads } from './pacing.ts';
import { pagesWorkload } from './pagesWorkload.ts';
import type { Programs } from './programs.ts';
import { proxyWorkload } from './proxyWorkload.ts';
import { recordWorkloads } from './recordWorkload.ts';
import { reportWorkload } from './reportWorkload.ts';
import type { Workload } from './sample.ts';
import { throughputWorkload } from './throughputWorkload.ts';
import { timersWorkloads } from './timers.ts';

export type WorkloadName =
  | 'throughput'
  | 'proxy'
  | 'record'
  | 'report'
  | 'pages'
  | 'latency'
  | 'pacing'
  | 'timers'
  | 'node';
export const WORKLOADS: readonly WorkloadName[] = [
  'throughput',
  'proxy',
  'record',
  'report',
  'pages',
  'latency',
  'pacing',
  'timers',
  'node',
];

/** The common settings of the workloads of one run. */
export interface Bench {
  /** Duration of a flat-out round; rounded up for contenders that take whole seconds. */
  readonly durationS: number;
  /** Precision of the search for the highest rate of a proxy. */
  readonly halvings: number;
  readonly programs: Programs;
  /** The transport of ours: the fastest that works here, except in the workload `node`. */
  readonly transport: TransportName;
  /** Our C programs; null without a compiler. */
  readonly tools: Tools | null;
  /** A temporary folder, removed after the run. */
  readonly tempDir: string;
}

/**
 * Rounds of steady streams last longer, so that the first second, in which programs load and compile code and fill
 * caches, is only a small part.
 */
const STEADY_TIMES = 5;
/** Enough round trips for a p99 at the lowest rate. */
const LATENCY_TIMES = 2;
/** At a million datagrams a second it takes longer until the effect of stalls is visible. */
const MICROSECOND_TIMES = 10;

const lasting = (bench: Bench, times: number): Bench => ({ ...bench, durationS: times * bench.durationS });

/** The workloads of a name; for a workload that cannot be measured here, the reason. */
export function workloadsOf(name: WorkloadName, bench: Bench): readonly (Workload | string)[] {
  switch (name) {
    case 'throughput':
      return [throughputWorkload(bench)];
    case 'proxy':
      return [proxyWorkload(bench)];
    case 'record':
      return recordWorkloads(bench);
    case 'report':
      return [reportWorkload(bench)];
    case 'pages':
      return [pagesWorkload(bench)];
    case 'latency':
      return latencyWorkloads(lasting(bench, LATENCY_TIMES));
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
