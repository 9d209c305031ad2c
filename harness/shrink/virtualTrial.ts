/**
 * What clients measure of a recording under given settings, on the virtual clock: exact, and the same every time.
 *
 * No sockets, no waiting, nothing written.
 */
import type { Statistics } from '../../src/metrics/catalogue.ts';
import { delaysSince } from '../../src/service/reports.ts';
import type { LoadedRecording } from '../recording/loadRecording.ts';
import type { Impairment } from '../impairment/impairment.ts';
import { RecordingSource } from '../recording/recordingSource.ts';
import { VIRTUAL_QUANTUM_NS, runVirtualSession } from '../session/virtualSession.ts';

export interface VirtualTrialPlan {
  readonly recording: LoadedRecording;
  readonly clients: number;
  /** 1 as recorded, 2 twice as fast, 0 flat out. */
  readonly speed: number;
  readonly impairment: Impairment;
  readonly tmaxNs: number;
}

/** Each client's figures, in order of client number. */
export function measureVirtually(plan: VirtualTrialPlan): Statistics[] {
  const { server, clients } = runVirtualSession({
    clients: plan.clients,
    source: new RecordingSource(plan.recording),
    speed: plan.speed,
    impairment: plan.impairment,
    check: plan.recording.header.check === true,
    tmaxNs: plan.tmaxNs,
    quantumNs: VIRTUAL_QUANTUM_NS,
  });
  return clients.map(({ report }) => delaysSince(report.statistics, server.report.startNs));
}
