/**
 * What `matchstream run` and `matchstream bench` measure: the throughput run and the micro-benchmarks.
 */
export { formatMicro, runMicro } from './micro/microSuite.ts';
export { resolveTransport } from './resolveTransport.ts';
export { runThroughput } from './throughput/sweep.ts';
export type { ThroughputPlan } from './throughput/sweep.ts';
