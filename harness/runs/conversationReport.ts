/**
 * The report of a played conversation: a line a flow, what differs, what was expected.
 */
import { counted } from '../../src/base/figures.ts';
import { figureOf } from '../../src/metrics/absent.ts';
import { isBroken, judgeExpectations } from '../judge/expectation.ts';
import type { Expectation, ExpectationRow } from '../judge/expectation.ts';
import { RunReport } from '../report/runReport.ts';
import type { RunIdentity } from '../report/tables.ts';
import type { CertainPart } from './endWhen.ts';
import { faultCount, statisticsOf } from './playedConversation.ts';
import type { PlayedConversation, Times } from './playedConversation.ts';

const us = (times: Times | null, key: keyof Times): number | 'none' =>
  times === null ? 'none' : times[key] / 1e3;

/**
 * @param aborted what was certain of each flow when an expectation ended it early; null where none has. Then an expectation
 *   is decided only if that breaks it
 */
export function conversationReport(
  identity: RunIdentity,
  played: PlayedConversation,
  expectations: readonly Expectation[],
  aborted: readonly CertainPart[] | null = null,
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
        notes: aborted === null ? played.notes : [...played.notes, ABORTED],
        faults: ofNoFlow === 0 ? [] : [`${counted(ofNoFlow, 'datagram')} came of no recorded flow`],
      },
    ])
    .addRows('expectations', [{ identity, rows: expectationRows(played, expectations, aborted) }]);
}

/** What is said of one that an expectation ended early. */
export const ABORTED = '--abort-on-fail: ended before its end; what was sent until then is compared';

function expectationRows(
  played: PlayedConversation,
  expectations: readonly Expectation[],
  aborted: readonly CertainPart[] | null,
): ExpectationRow[] {
  const subjects = subjectsOf(played);
  return judgeExpectations(expectations, subjects, (expectation, subject) => {
    const certain = aborted?.[subjects.findIndex(({ name }) => name === subject.name)];
    return (
      aborted === null || (certain !== undefined && isBroken(expectation, certain.figures, certain.total))
    );
  });
}

const subjectsOf = ({ flows }: PlayedConversation) =>
  flows.map((flow) => {
    const statistics = statisticsOf(flow);
    return {
      name: `flow ${flow.flow}`,
      figureOf: (name: Expectation['metric']) => figureOf(name, statistics),
    };
  });
