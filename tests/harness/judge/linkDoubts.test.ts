import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { describeDoubts, doubtedMetrics, linkDoubts } from '../../../harness/judge/linkDoubts.ts';
import { noneStruck } from '../../../harness/proxy/path/bounds.ts';
import type { StruckBounds } from '../../../harness/proxy/path/bounds.ts';
import { directionCounters } from '../../../harness/proxy/path/counters.ts';
import { METRIC_NAMES } from '../../../src/metrics/catalogue.ts';
import type { SessionResult } from '../../../harness/session/session.ts';

const test = suite('doubts about what a shared link did');

interface Told {
  readonly sent?: number;
  readonly arrived?: number;
  readonly reason?: string | null;
  readonly struck?: Partial<StruckBounds>;
}

/** A session of clients 1, 2, …; a reason of null is a client that gave no report. */
const session = (...told: Told[]): SessionResult => {
  const clients = told.map(({ sent = 9, arrived = 9, reason = 'end of stream', struck = {} }, k) => ({
    client: k + 1,
    served: { id: k + 1, sent },
    flow: { flow: k + 1, down: { ...directionCounters(), arrived, struck: { ...noneStruck(), ...struck } } },
    report: { reason, statistics: {} },
  }));
  return {
    server: { report: { clients: clients.map(({ served }) => served) } },
    proxy: { report: { flows: clients.map(({ flow }) => flow) } },
    clients: clients.filter(({ report }) => report.reason !== null),
  } as unknown as SessionResult;
};

test('where all came to the link as sent there is none', () => {
  assert.equal(linkDoubts(session({}, {}, {})), []);
  assert.equal(doubtedMetrics([], 1), []);
});

test('each that did not is named, and touches the others, not itself', () => {
  const doubts = linkDoubts(
    session({}, { arrived: 7 }, { reason: 'no answer' }, { reason: null }, { struck: { overtaken: 1 } }),
  );
  assert.equal(describeDoubts(doubts), [
    'client 2 has 2 datagrams that did not reach the proxy, so what the shared link did to the others is not measured',
    'client 3 ended early: no answer, so what the shared link did to the others is not measured',
    'client 4 gave no report, so what the shared link did to the others is not measured',
    'client 5 met a bound of the proxy that touches its order, so what the shared link did to the others is not measured',
  ]);
  const [one] = doubts;
  assert.equal(doubtedMetrics([one as NonNullable<typeof one>], 2), []);
  const touched = doubtedMetrics(doubts, 1);
  assert.equal(
    METRIC_NAMES.filter((name) => !touched.includes(name)).filter((name) =>
      ['sent', 'malformed', 'lost'].includes(name),
    ),
    ['sent', 'malformed'],
  );
});

test('a bound that touches times alone leaves the counts', () => {
  const doubts = linkDoubts(session({}, { struck: { missing: 1 } }));
  assert.equal(describeDoubts(doubts), [
    'client 2 met a bound of the proxy that touches its times, so what the shared link did to the others is not measured, as far as times go',
  ]);
  const touched = doubtedMetrics(doubts, 1);
  assert.ok(touched.includes('delay_p50_us'));
  for (const name of ['lost', 'reordered', 'duplicates'] as const) assert.not(touched.includes(name), name);
});

test.run();
