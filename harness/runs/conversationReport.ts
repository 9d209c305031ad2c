/**
 * Writes the report of a played conversation: a line a flow, and the environment.
 */
import { join } from 'node:path';
import type { Interrupt } from '../../src/base/errors.ts';
import { writeCsv } from '../report/csv.ts';
import { readEnvironment, writeEnvironment } from '../report/environment.ts';
import type { RunIdentity } from '../report/tables.ts';
import { faultCount } from './playedConversation.ts';
import type { PlayedConversation, Times } from './playedConversation.ts';

const us = (times: Times | null, key: keyof Times): number | 'none' =>
  times === null ? 'none' : times[key] / 1e3;

export async function writeConversationReport(
  folder: string,
  identity: RunIdentity,
  played: PlayedConversation,
  interrupted: Interrupt | null,
): Promise<void> {
  const rows = played.flows.map((flow) => ({
    flow: flow.flow,
    side: played.side,
    sent: flow.sent,
    expected: flow.expected,
    arrived: flow.arrived,
    same: flow.same,
    different: flow.different,
    missing: flow.missing,
    additional: flow.additional,
    repeated: flow.repeated,
    unsent: flow.unsent,
    round_trip_p50_us: us(flow.roundTrip, 'p50Ns'),
    round_trip_p99_us: us(flow.roundTrip, 'p99Ns'),
    recorded_p50_us: us(flow.recorded, 'p50Ns'),
    recorded_p99_us: us(flow.recorded, 'p99Ns'),
    verdict: faultCount({ ...played, flows: [flow], ofNoFlow: 0 }) > 0 ? 'mismatch' : 'match',
  }));
  writeCsv(join(folder, 'conversation.csv'), 'conversation', [{ identity, rows }]);
  writeEnvironment(
    join(folder, 'environment.json'),
    await readEnvironment({
      commandLine: process.argv,
      seed: identity.seed,
      network: played.network.notes,
      streamStartNs: null,
      interrupted,
    }),
  );
}
