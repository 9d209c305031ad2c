/**
 * The types of the face for `require('matchstream/testing')`. The program is bundled from index.ts, because test runners that load
 * CommonJS into a world of their own, as jest does, cannot load an ES module from it.
 */
import type * as testing from './index.js' with { 'resolution-mode': 'import' };

export type FateRecord = testing.FateRecord;
export type LossyProxy = testing.LossyProxy;
export type LossyProxyOptions = testing.LossyProxyOptions;
export type NetworkOptions = testing.NetworkOptions;
export type RecordedServer = testing.RecordedServer;
export type RecordMode = testing.RecordMode;
export type RecordedOptions = testing.RecordedOptions;
export type RecordedOutcome = testing.RecordedOutcome;
export type Asked = testing.Asked;
export type Bounds = testing.Bounds;
export type SimulateOptions = testing.SimulateOptions;
export type SimulatedImpairment = testing.SimulatedImpairment;
export type Simulation = testing.Simulation;
export type SimulatedDatagram = testing.SimulatedDatagram;
export type SimulatedEndpoint = testing.SimulatedEndpoint;
export type EndpointIo = testing.EndpointIo;
export type ReceiveIo = testing.ReceiveIo;
export type ForSeedsOptions = testing.ForSeedsOptions;
export type SeedEvent = testing.SeedEvent;
export const lossyProxy: typeof testing.lossyProxy;
export const recorded: typeof testing.recorded;
export const expectLedger: typeof testing.expectLedger;
export const expectLost: typeof testing.expectLost;
export const lossyMatchers: typeof testing.lossyMatchers;
export const simulate: typeof testing.simulate;
export const forSeeds: typeof testing.forSeeds;
export const SeedFailure: typeof testing.SeedFailure;
export const UsageError: typeof testing.UsageError;
export const EnvironmentError: typeof testing.EnvironmentError;
