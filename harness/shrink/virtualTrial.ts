/**
 * What clients measure of a recording with given settings, on the virtual clock: exact and reproducible.
 */
import type { Statistics } from '../../src/metrics/catalogue.ts';
import { delaysSince } from '../../src/service/reports.ts';
import type { LoadedRecording } from '../recording/loadRecording.ts';
import type { SessionPlan } from '../session/session.ts';
import { runVirtualSession } from '../session/virtualSession.ts';

/** Each client's metrics, by client number. */
export async function measureVirtually(
  recording: LoadedRecording,
  plan: Pick<SessionPlan, 'clients' | 'speed' | 'impairment' | 'tmaxNs' | 'windowCounts'>,
): Promise<Statistics[]> {
  const { server, clients } = await runVirtualSession({
    ...plan,
    source: { kind: 'recording', recording },
    check: recording.header.check === true,
  });
  return clients.map(({ report }) => delaysSince(report.statistics, server.report.startNs));
}
