/**
 * The public interface of the package: the record-replay harness, and the streaming service that it drives.
 */
export * from '../src/index.ts';
export { NO_IMPAIRMENT, checkConfig } from './impairment/config.ts';
export type { DelaySettings, DropModel, ImpairmentConfig } from './impairment/config.ts';
export { KNOBS, readKnobs } from './impairment/knobs.ts';
export type { Knobs } from './impairment/knobs.ts';
export { formatKnobs } from './impairment/knobs.ts';
export { PRESETS, findPreset } from './impairment/presets.ts';
export type { Preset } from './impairment/presets.ts';
export { readScenario, scenarioSchema } from './impairment/scenario.ts';
export type { Scenario } from './impairment/scenario.ts';
export { DROP_CAUSES } from './impairment/causes.ts';
export { Schedule } from './impairment/schedule.ts';
export type { Direction, ScheduleKey } from './impairment/schedule.ts';
export { readProtocol } from './protocols/allProtocols.ts';
export type { Protocol } from './protocols/protocol.ts';
export { startProxy } from './proxy/startProxy.ts';
export type { ProxyReport, ProxyRun, RunningProxy } from './proxy/startProxy.ts';
export { ProxyEndpoint } from './proxy/proxyEndpoint.ts';
export type { EarlierFlows, FlowReport, ProxyEvent, ProxyOptions } from './proxy/proxyEndpoint.ts';
export { openRecording, verifyRecording } from './recording/reader.ts';
export { loadRecording } from './recording/loadRecording.ts';
export type { LoadedRecording } from './recording/loadRecording.ts';
export { recordMatch } from './runs/record.ts';
export type { RecordPlan } from './runs/record.ts';
export { RecordingWriter } from './recording/writer.ts';
export type { RecordingHeader } from './recording/format.ts';
export { replayRecording } from './runs/replay.ts';
export type { ReplayPlan } from './runs/replayPlan.ts';
export { UNIMPAIRED, readImpairment } from './impairment/impairment.ts';
export type { Impairment } from './impairment/impairment.ts';
export { runLive } from './runs/live.ts';
export type { LivePlan } from './runs/live.ts';
export type { Judgement, Shortened } from './judge/judge.ts';
export type { JudgedSession } from './runs/sessionReport.ts';
export type { ComparisonRow, Verdict } from './judge/compare.ts';
export type { LedgerRow } from './judge/accounting.ts';
