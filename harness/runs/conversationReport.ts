/**
 * The report of a played conversation: a line a flow, what differs, what was expected.
 */
import { counted } from '../../src/base/figures.ts';
import { figureOf } from '../../src/metrics/absent.ts';
import { judgeExpectations } from '../judge/expectation.ts';
import type { Expectation } from '../judge/expectation.ts';
import { RunReport } from '../report/runReport.ts';
import type { RunIdentity } from '../report/tables.ts';
import { faultCount, statisticsOf } from './playedConversation.ts';
import type { PlayedConversation, Times } from './playedConversation.ts';

const us = (times: Times | null, key: keyof Times): number | 'none' =>
  times === null ? 'none' : times[key] / 1e3;

export function conversationReport(
  identity: RunIdentity,
  played: PlayedConversation,
  expectations: readonly Expectation[],
): RunReport {
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
  const { ofNoFlow } = played;
  return new RunReport()
    .add('conversation', [{ identity, rows }])
    .addNotes([
      {
        identity,
        notes: played.notes,
        faults: ofNoFlow === 0 ? [] : [`${counted(ofNoFlow, 'datagram')} came of no recorded flow`],
      },
    ])
    .addRows('expectations', [{ identity, rows: judgeExpectations(expectations, subjectsOf(played)) }]);
}

const subjectsOf = ({ flows }: PlayedConversation) =>
  flows.map((flow) => {
    const statistics = statisticsOf(flow);
    return {
      name: `flow ${flow.flow}`,
      figureOf: (name: Expectation['metric']) => figureOf(name, statistics),
    };
  });
