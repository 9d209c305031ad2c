/**
 * The streaming service, for programs: the seeded match, the wire, the metrics, and the machines with their networks.
 */
export { EXIT, EnvironmentError, UsageError } from './base/errors.ts';
export type { Decoded, EnvironmentCode, UsageCode } from './base/errors.ts';
export { NO_LOG } from './files/logFile.ts';
export type { Log } from './files/logFile.ts';
export { simulateMatch, matchSeed } from './match/simulate.ts';
export type { MatchOptions } from './match/simulate.ts';
export { EVENT_TYPES, eventKind } from './match/kinds.ts';
export type { EventKind, EventType } from './match/kinds.ts';
export { parseSquads, squadsHash } from './match/squads.ts';
export type { Squad, Squads } from './match/squads.ts';
export type { Lineup, LineupPlayer, Lineups, Match, MatchEvent, Side } from './match/types.ts';
export { decodeStreamMessage, encodeStreamMessage, readCount, verifyCheck } from './protocol/checkedWire.ts';
export type { StreamContent, StreamMessage, WirePlayer } from './protocol/stream.ts';
export { StreamMetrics } from './metrics/streamMetrics.ts';
export type { StreamMetricsOptions } from './metrics/streamMetrics.ts';
export { METRICS, METRIC_NAMES } from './metrics/catalogue.ts';
export type { Metric, MetricName, Statistics } from './metrics/catalogue.ts';
export { DatagramBatch } from './net/batch.ts';
export type { Peer } from './net/batch.ts';
export type { DatagramSink, Endpoint } from './net/endpoint.ts';
export type { StreamSource } from './net/source.ts';
export { MatchSource } from './stream/matchSource.ts';
export type { MatchSourceOptions } from './stream/matchSource.ts';
export { ServerEndpoint } from './stream/serverEndpoint.ts';
export type { ServerCounters, ServerEvent, ServerOptions } from './stream/serverEndpoint.ts';
export { ClientEndpoint } from './stream/clientEndpoint.ts';
export type { ArrivalRecorder, ClientEvent, ClientOptions, EndReason } from './stream/clientEndpoint.ts';
export { SimulatedNetwork } from './net/simulated.ts';
export type { LinkRule, SimulatedHost, SimulatedOptions } from './net/simulated.ts';
export { MonotonicClock } from './net/clock.ts';
export { startServer } from './service/startServer.ts';
export type { RunningServer, ServerRun } from './service/startServer.ts';
export { startClient } from './service/startClient.ts';
export type { ClientRun, RunningClient } from './service/startClient.ts';
export type { ClientReport, ServedClient, ServerReport } from './service/reports.ts';
