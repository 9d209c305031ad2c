/**
 * For test suites: `import { expectLedger, lossyProxy } from 'matchstream/testing'`.
 */
export { lossyProxy } from './lossyProxy.ts';
export type { FateRecord, LossyProxy } from './lossyProxy.ts';
export type { LossyProxyOptions } from './lossyOptions.ts';
export { expectLedger, expectLost, lossyMatchers } from './expectations.ts';
export type { Asked, Bounds } from './judgeProxy.ts';
export { EnvironmentError, UsageError } from '../../src/base/errors.ts';
