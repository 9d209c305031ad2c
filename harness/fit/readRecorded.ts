/**
 * Reads a recording or a capture for a fit: the indices of every flow, direction and stream, by the protocol.
 */
import { UsageError } from '../../src/base/errors.ts';
import type { Progress } from '../../src/base/progress.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { MAX_MEASURED, inspectRecording } from '../runs/inspect.ts';
import type { InspectedFlow } from '../runs/inspect.ts';
import { FlowNames } from './flowNames.ts';
import type { Arrivals } from './flowNames.ts';
import { NO_ROOM } from './readArrivals.ts';
import { MAX_COUNT, ReceivedByClient } from './receivedCounts.ts';

export interface RecordedPlan {
  readonly path: string;
  /** Of all flows; null: each flow's is guessed. */
  readonly protocol: Protocol | null;
  /** This flow only. */
  readonly wanted: number | undefined;
  readonly progress?: Progress | undefined;
}

/** @throws UsageError for a file that is damaged, and for one without a sequence number */
export async function readRecorded({ path, protocol, wanted, progress }: RecordedPlan): Promise<Arrivals> {
  const received = new ReceivedByClient();
  const groups = new FlowNames();
  const refuse = (reason: string): never => {
    throw new UsageError('recording-unsuitable', path, reason);
  };
  const { flows, notes } = await inspectRecording({
    path,
    recover: false,
    protocol,
    progress,
    observe: (flow, direction, stream, index) => {
      if (wanted !== undefined && flow !== wanted) return;
      if (index > MAX_COUNT) refuse(`expected indices up to ${MAX_COUNT}, got ${index} in flow ${flow}`);
      if (!received.handle(groups.numberOf({ flow, direction, stream }), index)) refuse(NO_ROOM);
    },
  });
  const numbers = flows.map(({ flow }) => flow);
  if (received.highest === 0 && (wanted === undefined || numbers.includes(wanted)))
    refuse(
      'expected datagrams with sequence numbers, got none; say with --protocol what numbers them, such as rtp or field:u32be@8',
    );
  return {
    received,
    numbers: [Math.min(...numbers), Math.max(...numbers)],
    groups,
    notes: [...notes, ...flows.flatMap(leftOut)],
  };
}

/** What of a flow is not in the fit. */
function leftOut({ flow, protocol, directions }: InspectedFlow): string[] {
  if (protocol === null)
    return [
      `flow ${flow}: not fitted: its protocol is not recognised; --protocol says what numbers its datagrams`,
    ];
  return directions.flatMap(({ direction, datagrams, unindexed, lost }) => {
    if (lost === null && unindexed === 0)
      return [`flow ${flow} ${direction}: not fitted: the first ${MAX_MEASURED} directions are`];
    return unindexed === 0
      ? []
      : [
          `flow ${flow} ${direction}: ${unindexed} of ${datagrams} datagrams have no sequence number, and count as nothing`,
        ];
  });
}
