/**
 * The types that the signatures of the face for test suites mention: whoever has a value must be able to name its type.
 */
export type { EnvironmentCode, Interrupt, UsageCode } from '../../src/base/errors.ts';
export type { Unwritten } from '../../src/files/unwritten.ts';
export type { Peer } from '../../src/net/batch.ts';
export type { KernelDrops, NetworkReport } from '../../src/net/network.ts';
export type { TransportChoice } from '../../src/net/select.ts';
export type { Direction } from '../impairment/schedule.ts';
export type { Knobs } from '../impairment/stages/stage.ts';
export type { LedgerRow } from '../judge/accounting.ts';
export type { EarlierFlows, FlowReport } from '../proxy/flows/closedFlows.ts';
export type { Bound, StruckBounds } from '../proxy/path/bounds.ts';
export type { DirectionCounters } from '../proxy/path/counters.ts';
export type { LateCounts } from '../proxy/path/lateness.ts';
export type { ProxiedFlow, ProxiedPort, ProxyReport } from '../proxy/startProxy.ts';
export type { Ignored, IgnoredCounts, IgnoredKind } from '../proxy/told/ignored.ts';
export type { Captured } from '../recording/tap/runCapture.ts';
export type { Cell, Column, Table } from '../report/model/readTable.ts';
export type {
  DataTable,
  Environment,
  JudgedExpectation,
  Note,
  Part,
  RunModel,
  TimerGrain,
} from '../report/model/runModel.ts';
export type { Verdict, VerdictKind } from '../report/model/verdict.ts';
export type { TableName } from '../report/tables.ts';
export type { ImpairmentEvent } from '../shrink/events.ts';
export type { Ended } from './simulate/run.ts';
