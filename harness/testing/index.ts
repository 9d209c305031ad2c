/**
 * For test suites: `import { expectLedger, lossyProxy } from 'matchstream/testing'`.
 */
export type * from './types.ts';
export { lossyProxy } from './lossyProxy.ts';
export type { FateRecord, LossyProxy } from './lossyProxy.ts';
export type { LossyProxyOptions, NetworkOptions } from './lossyOptions.ts';
export { recorded } from './recorded/recorded.ts';
export type { RecordedServer } from './recorded/recorded.ts';
export type { RecordMode, RecordedOptions } from './recorded/options.ts';
export type { RecordedOutcome } from './recorded/outcome.ts';
export type { KnobChange, LossyChange } from './lossyConditions.ts';
export { expectLedger, expectLost, lossyMatchers } from './expectations.ts';
export type { Asked, Bounds } from './judgeProxy.ts';
export { simulate } from './simulate/simulate.ts';
export type { SimulateOptions, SimulatedImpairment } from './simulate/simulateOptions.ts';
export type { Simulation } from './simulate/simulation.ts';
export type { SimulatedDatagram } from './simulate/datagramLog.ts';
export type { EndpointIo, ReceiveIo, SimulatedEndpoint } from './simulate/endpoints.ts';
export { forSeeds, SeedFailure } from './simulate/forSeeds.ts';
export type { ForSeedsOptions } from './simulate/forSeeds.ts';
export type { SeedEvent } from './simulate/shrinkSeed.ts';
export { EnvironmentError, UsageError } from '../../src/base/errors.ts';
