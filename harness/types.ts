/**
 * The types that the package's signatures mention, and that are not exported for their own sake: whoever has a value must be able
 * to name its type.
 */
export type { Look, Progress, Reading } from '../src/base/progress.ts';
export type { SeenMatch } from '../src/display/seenMatch.ts';
export type { Unwritten } from '../src/files/unwritten.ts';
export type { Language } from '../src/match/phrases.ts';
export type { MetricKind, Row as MetricRow } from '../src/metrics/catalogue.ts';
export type { Pacing } from '../src/net/driver.ts';
export type { CatchUp, PacerOptions } from '../src/net/pacer.ts';
export type { NetworkChoice } from '../src/net/realNetwork.ts';
export type { TransportChoice } from '../src/net/select.ts';
export type { Inbox } from '../src/net/simulatedHost.ts';
export type { OpenOptions } from '../src/net/transport.ts';
export type { Lateness } from '../src/service/lateness.ts';
export type { MatchStreamOptions } from '../src/service/matchStream.ts';
export type { StreamUsage } from '../src/service/usageMeter.ts';
export type { Backoff } from '../src/stream/backoff.ts';
export type { Validation } from '../src/stream/clientOptions.ts';
export type { Member, Membership } from '../src/stream/registry.ts';
export type { MeasuredValue } from './expected/expectedValue.ts';
export type { Conditions, Share } from './impairment/conditions.ts';
export type { Epoch } from './impairment/epochs.ts';
export type { PhaseKnobs } from './impairment/impairment.ts';
export type { RateTrace } from './impairment/opportunities.ts';
export type { Phase } from './impairment/phases.ts';
export type { Fate } from './impairment/repeatFate.ts';
export type { ScenarioPhase } from './impairment/scenario.ts';
export type { MediaTimes, ScheduleDirection } from './impairment/schedule.ts';
export type { CorruptFields } from './impairment/stages/corrupt.ts';
export type { DelayFields, Distribution } from './impairment/stages/delay.ts';
export type { DropFields } from './impairment/stages/drop.ts';
export type { DropAfterFields } from './impairment/stages/dropAfter.ts';
export type { DropListFields } from './impairment/stages/dropList.ts';
export type { DropMaxRunFields } from './impairment/stages/dropMaxRun.ts';
export type { DuplicateFields } from './impairment/stages/duplicate.ts';
export type { JumpFields } from './impairment/stages/jump.ts';
export type { MtuFields } from './impairment/stages/mtu.ts';
export type { OutageFields, TimeSpan } from './impairment/stages/outage.ts';
export type { IndexRange } from './impairment/stages/ranges.ts';
export type { LinkSettings, QueueLimit, RateFields } from './impairment/stages/rate.ts';
export type { RebindFields, RebindTime } from './impairment/stages/rebind.ts';
export type { ListedHold, ReorderFields } from './impairment/stages/reorder.ts';
export type { SharedFields } from './impairment/stages/shared.ts';
export type { SpareFields } from './impairment/stages/spare.ts';
export type { Knob, KnobNaming } from './impairment/stages/stage.ts';
export type { LedgerCauseRow } from './judge/accounting.ts';
export type { FlowColumns, Owner as ColumnOwner } from './judge/flowColumns.ts';
export type { DensityRow, PlannedStream, UnjudgedStream } from './judge/judge.ts';
export type { MachineNoise } from './judge/timingBands.ts';
export type { IndexReader, StreamNews } from './protocols/indexReader.ts';
export type {
  Admission,
  FlowProtocol,
  Handshake,
  Judgement as HandshakeJudgement,
  Refusal,
  Unread,
  Way,
} from './protocols/protocol.ts';
export type { ProxyActions } from './proxy/changes/actions.ts';
export type { AppliedChange } from './proxy/changes/changes.ts';
export type { Journal, JournalLines } from './proxy/changes/journal.ts';
export type { JournalRun } from './proxy/changes/openJournal.ts';
export type { Timeline } from './proxy/changes/timeline.ts';
export type { Awaited } from './proxy/ending.ts';
export type { Flow } from './proxy/flows/flow.ts';
export type { Bound, StruckBounds } from './proxy/path/bounds.ts';
export type { DirectionCounters } from './proxy/path/counters.ts';
export type { LateCounts } from './proxy/path/lateness.ts';
export type { ListeningPorts, OnRefused, PortMover } from './proxy/ports/listeningPorts.ts';
export type { IsLocal } from './proxy/ports/ownPorts.ts';
export type { Answers, RouteRules } from './proxy/ports/route.ts';
export type { Upstream } from './proxy/ports/upstream.ts';
export type { UpstreamName } from './proxy/ports/upstreamName.ts';
export type { Waits } from './proxy/proxyOptions.ts';
export type { ProxiedFlow, ProxiedPort, ProxyLook } from './proxy/startProxy.ts';
export type { FateSource } from './proxy/told/fateLines.ts';
export type { FateNotes } from './proxy/told/fateNotes.ts';
export type { Ignored, IgnoredCounts, IgnoredKind } from './proxy/told/ignored.ts';
export type { Traffic } from './proxy/told/traffic.ts';
export type { CheckedFlow } from './recording/checkedFlow.ts';
export type { FlowSummary } from './recording/flowCounts.ts';
export type { RecordingFooter } from './recording/format.ts';
export type { Direction as FrameDirection, FrameBatch } from './recording/frameBatch.ts';
export type { LoadOptions, ScanOptions, ScannedFlow } from './recording/loadRecording.ts';
export type { ReadOptions } from './recording/reader.ts';
export type {
  DigestedFlow,
  DigestedPayloads,
  FlowRows,
  KeptFlow,
  KeptPayloads,
  RecordedFlow,
} from './recording/recordedFlow.ts';
export type { Damage, RecordingSummary } from './recording/recording.ts';
export type { Captured, RunCapture } from './recording/tap/runCapture.ts';
export type { RunIdentity } from './report/tables.ts';
export type { PreparedReplay, ScannedReplay } from './runs/replay.ts';
export type { CertainFigures } from './session/certainty.ts';
export type { RoleLook, SeenFigures, SessionLook, SessionWatch } from './session/sessionWatch.ts';
export type { Mode } from './session/startTask.ts';
