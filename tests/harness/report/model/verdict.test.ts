import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runModelOf } from '../../../../harness/report/model/runModel.ts';
import { isWrong } from '../../../../harness/report/model/verdict.ts';
import type { Verdict } from '../../../../harness/report/model/verdict.ts';
import { account, csv, delay, environment, lost, played, point } from './folder.ts';

const test = suite('the verdict on a run');

const verdictOn = (...files: readonly [string, string][]): Verdict =>
  runModelOf(new Map(files), 'folder').verdict;

const clean = [
  csv('comparison', [lost(1, 91), delay(1), lost(2, 106), delay(2), lost(3, 107), delay(3)]),
  csv('ledger', [account(1, 1864), account(2, 1864), account(3, 1864)]),
] as const;

test('says of a clean run that every datagram is accounted for, what was counted, and how far times go', () => {
  assert.equal(verdictOn(...clean, environment()), {
    kind: 'clean',
    sentence:
      'Every one of 5,592 datagrams is accounted for; the clients counted exactly what the schedule says. ' +
      'Times lie within what this machine adds (±3.1 ms).',
    faults: [],
    again: 'matchstream replay match.jsonl --drop 5% --seed 7',
  });
});

test('of one client does not speak of several, and without a control run it does not speak for times', () => {
  const { kind, sentence } = verdictOn(
    csv('comparison', [
      lost(1, 0),
      delay(1, { expected: '', expected_low: '', expected_high: '', verdict: 'not measured' }),
    ]),
    csv('ledger', [account(1, 52)]),
  );
  assert.is(kind, 'clean');
  assert.is(
    sentence,
    'Every one of 52 datagrams is accounted for; the client counted exactly what the schedule says. Times were not compared.',
  );
});

test('on the virtual clock says that times are exact', () => {
  const virtual = { clock: 'virtual', mode: 'in-process', transport: 'simulated' };
  assert.is(
    verdictOn(
      csv('comparison', [
        lost(1, 3, virtual),
        delay(1, { ...virtual, expected_low: 3995, expected_high: 4005 }),
      ]),
      csv('ledger', [account(1, 52, virtual)]),
    ).sentence,
    'Every one of 52 datagrams is accounted for; the client counted exactly what the schedule says. Times are exact, for the clock is virtual.',
  );
});

test('is loud about a mismatch, names the rows, and how to see them again', () => {
  const verdict = verdictOn(
    csv('comparison', [
      lost(1, 91),
      lost(2, 106, { measured: 107, difference: 1, verdict: 'mismatch' }),
      delay(2, { measured: 9000, difference: 5000, verdict: 'mismatch' }),
    ]),
    csv('ledger', [account(1, 1864), account(2, 1864)]),
    environment(),
  );
  assert.equal(verdict, {
    kind: 'mismatch',
    sentence:
      'Wrong: 2 figures of 1 client are not what the schedule says. For the rest, every one of 3,728 datagrams is accounted for.',
    faults: [
      'client 2 down: lost is 107, expected 106',
      'client 2 down: delay_max_us is 9000, expected 3900..7100',
    ],
    again: 'matchstream replay match.jsonl --drop 5% --seed 7',
  });
  assert.ok(isWrong(verdict));
});

test('does not comfort where a datagram is unexplained', () => {
  const verdict = verdictOn(
    csv('comparison', [lost(1, 0)]),
    csv('ledger', [account(1, 1000, { delivered: 996, unexplained: 4 }), account(2, 1000)]),
  );
  assert.is(verdict.kind, 'unexplained');
  assert.is(
    verdict.sentence,
    'Wrong: 4 datagrams are unexplained. For the rest, the client counted exactly what the schedule says.',
  );
  assert.equal(verdict.faults, ['client 1 down: 4 unexplained of 1000 sent']);
  assert.is(verdict.again, null);
  assert.ok(isWrong(verdict));
  const tooMany = verdictOn(csv('ledger', [account(1, 10, { delivered: 11, unexplained: -1 })]));
  assert.is(tooMany.sentence, 'Wrong: 1 datagram is unexplained.');
  assert.equal(tooMany.faults, ['client 1 down: -1 unexplained of 10 sent']);
});

test('names the session where there are several, and stops after twenty lines', () => {
  const wrong = (client: number) =>
    lost(client, 0, { scenario: 'lossy', measured: 1, difference: 1, verdict: 'mismatch' });
  const { faults } = verdictOn(
    csv('comparison', [
      lost(1, 0, { scenario: 'control' }),
      ...Array.from({ length: 23 }, (_, k) => wrong(k + 1)),
    ]),
    csv('ledger', [account(1, 5, { scenario: 'control' }), account(1, 5, { scenario: 'lossy' })]),
  );
  assert.is(faults.length, 21);
  assert.is(faults[0], 'lossy, real clock, node: client 1 down: lost is 1, expected 0');
  assert.is(faults[20], 'and 3 more');
});

test('says what the kernel dropped', () => {
  const { kind, sentence } = verdictOn(
    csv('comparison', [lost(1, 0, { measured: 2, difference: 2, verdict: 'kernel drop' })]),
    csv('ledger', [account(1, 1000, { kernel_drops_client: 2, delivered: 998 })]),
  );
  assert.is(kind, 'clean');
  assert.is(
    sentence,
    'Every one of 1,000 datagrams is accounted for; the client counted exactly what the schedule says, less what the kernel dropped. ' +
      'The kernel dropped 2 of them, by its own count.',
  );
});

test('says who was not measured, and which figures could not be', () => {
  const nothing = { measured: 'not measured', difference: '', verdict: 'not measured' };
  const unknown = { delivered: 'not measured', unexplained: 'not measured' };
  const some = verdictOn(
    csv('comparison', [lost(1, 0), lost(2, 0, nothing), lost(1, 0, { ...nothing, metric: 'reordered' })]),
    csv('ledger', [account(1, 52), account(2, 52, unknown)]),
  );
  assert.is(some.kind, 'not measured');
  assert.is(
    some.sentence,
    '1 of 2 clients was not measured and 1 figure could not be measured; the notes say why. ' +
      'For the rest, every one of 52 datagrams is accounted for; the client counted exactly what the schedule says.',
  );
  const all = verdictOn(csv('comparison', [lost(1, 0, nothing)]), csv('ledger', [account(1, 0, unknown)]));
  assert.is(all.kind, 'not measured');
  assert.is(all.sentence, '1 of 1 client was not measured; the notes say why.');
  assert.not(isWrong(all));
});

test('where no verdict was asked for says that nothing was compared', () => {
  const bare = { expected: '', difference: '', verdict: 'not measured' };
  const { kind, sentence } = verdictOn(
    csv('comparison', [lost(1, 3, bare), delay(1, { ...bare, expected_low: '', expected_high: '' })]),
    csv('ledger', [account(1, 52)]),
  );
  assert.is(kind, 'clean');
  assert.is(sentence, 'Every one of 52 datagrams is accounted for. Nothing was compared with the schedule.');
});

test('damage that nobody looked for is no gap', () => {
  const unlooked = lost(1, 0, { metric: 'corrupted', measured: 'not measured', verdict: 'not measured' });
  assert.is(
    verdictOn(csv('comparison', [lost(1, 0), unlooked]), csv('ledger', [account(1, 52)])).kind,
    'clean',
  );
});

test('of a run that was cut short is of the part that ran', () => {
  const cut = verdictOn(...clean, environment({ interrupted: 'SIGINT' }));
  assert.is(cut.kind, 'cut short');
  assert.is(
    cut.sentence,
    'Cut short by SIGINT; of the part that ran: Every one of 5,592 datagrams is accounted for; ' +
      'the clients counted exactly what the schedule says. Times lie within what this machine adds (±3.1 ms).',
  );
  const empty = verdictOn(environment({ interrupted: 'SIGTERM' }));
  assert.is(empty.kind, 'cut short');
  assert.is(empty.sentence, 'Cut short by SIGTERM before there was anything to judge.');
  const wrong = verdictOn(
    csv('comparison', [lost(1, 0, { measured: 1, verdict: 'mismatch' })]),
    environment({ interrupted: 'SIGINT' }),
  );
  assert.is(wrong.kind, 'mismatch');
  assert.is(
    wrong.sentence,
    'Cut short by SIGINT; of the part that ran: Wrong: 1 figure of 1 client is not what the schedule says.',
  );
});

test('of another program behind the proxy speaks of what left the proxy', () => {
  const flow = { client: '' };
  const { kind, sentence } = verdictOn(
    csv('comparison', [lost(1, 51, flow)]),
    csv('ledger', [account(1, 1000, { ...flow, kernel_drops_client: 3 })]),
  );
  assert.is(kind, 'clean');
  assert.is(
    sentence,
    'Every one of 1,000 datagrams is accounted for; what left the proxy is exactly what the schedule makes of what came in.',
  );
  const unnumbered = verdictOn(
    csv('comparison', [lost(1, 51, { ...flow, stream: 1, entered: 'not measured' })]),
  );
  assert.is(
    unnumbered.sentence,
    'What left the proxy is exactly what the schedule makes of what came in. ' +
      'What was lost before the proxy is not known: the datagrams bear no numbers.',
  );
  const wrong = verdictOn(csv('comparison', [lost(3, 51, { ...flow, measured: 52, verdict: 'mismatch' })]));
  assert.is(wrong.sentence, 'Wrong: 1 figure of 1 flow is not what the schedule says.');
  assert.equal(wrong.faults, ['flow 3 down: lost is 52, expected 51']);
});

const expectation = (
  expression: string,
  result: string,
  measured: number | string,
  subject = 'client 1',
) => ({
  subject,
  expectation: expression,
  metric: 'lost',
  measured,
  result,
});

test('of an expectation that is not met fails the run and says that the run itself is sound', () => {
  const verdict = verdictOn(
    ...clean,
    csv('expectations', [
      expectation('lost<=3', 'not met', 4),
      expectation('lost<=3', 'met', 2, 'client 2'),
      expectation('lost<=5', 'met', 4),
    ]),
  );
  assert.is(verdict.kind, 'unmet');
  assert.is(
    verdict.sentence,
    'Wrong: 1 of 2 expectations is not met. For the rest, every one of 5,592 datagrams is accounted for; ' +
      'the clients counted exactly what the schedule says. Times lie within what this machine adds (±3.1 ms).',
  );
  assert.equal(verdict.faults, ['client 1 does not meet lost<=3: lost is 4']);
  assert.ok(isWrong(verdict));
});

test('of expectations that are met, or not decided, says so', () => {
  const met = verdictOn(
    csv('ledger', [account(1, 5)]),
    csv('expectations', [expectation('lost<=3', 'met', 0)]),
  );
  assert.is(met.sentence, 'Every one of 5 datagrams is accounted for. The expectation is met.');
  const both = [expectation('lost<=3', 'met', 0), expectation('lost<=4', 'met', 0)];
  assert.match(
    verdictOn(csv('ledger', [account(1, 5)]), csv('expectations', both)).sentence,
    / All 2 expectations are met\.$/,
  );
  const undecided = verdictOn(
    csv('ledger', [account(1, 5)]),
    csv('expectations', [expectation('lost<=3', 'not decided', 0)]),
    environment({ interrupted: 'SIGINT' }),
  );
  assert.is(undecided.kind, 'cut short');
  assert.match(undecided.sentence, / The expectation is not decided\.$/);
});

test('of a benchmark counts its datagrams, and says which rates were not reached and why', () => {
  const verdict = verdictOn(
    csv('throughput', [
      point(1000, 1000),
      point(10, 84_603, { limited_by: 'sender', verdict: 'within' }),
      point(0, 317_096, { limited_by: 'sender' }),
    ]),
  );
  assert.is(verdict.kind, 'clean');
  assert.is(
    verdict.sentence,
    'Every one of 402,699 datagrams is accounted for. 1 of 2 rates was not reached on this machine (limited by: sender).',
  );
  const wrong = verdictOn(
    csv('throughput', [
      point(1000, 1000),
      point(100, 100, { received: 97, lost: 3, unexplained: 3, verdict: 'mismatch' }),
    ]),
  );
  assert.is(wrong.kind, 'mismatch');
  assert.is(wrong.sentence, 'Wrong: 1 of 2 throughput points is not as sent.');
  assert.equal(wrong.faults, [
    'throughput, 100 us, 1 client, node: sent 100, received 97, lost 3, unexplained 3',
  ]);
  const unjudged = verdictOn(csv('throughput', [point(1000, 1000, { verdict: 'not measured' })]));
  assert.is(unjudged.kind, 'not measured');
  assert.is(unjudged.sentence, '1 of 1 throughput point could not be judged; the notes say why.');
});

test('of a search for capacity goes by what was noted', () => {
  const rows = csv('capacity', [
    { path: 'server-client', datagram_bytes: 1200, trials: 20, limited_by: 'sender' },
  ]);
  assert.is(verdictOn(rows).sentence, 'No trial of the search for capacity left a datagram unexplained.');
  const fault = csv('notes', [
    { severity: 'fault', note: 'server-client, node, at 10/s: 2 datagrams unexplained' },
  ]);
  const wrong = verdictOn(rows, fault);
  assert.is(wrong.kind, 'mismatch');
  assert.is(wrong.sentence, 'Wrong: 1 fault was noted.');
  assert.equal(wrong.faults, ['server-client, node, at 10/s: 2 datagrams unexplained']);
});

test('of a played conversation says whether it went as recorded', () => {
  const clean2 = verdictOn(csv('conversation', [played(1, 12), played(2, 1)]));
  assert.is(clean2.kind, 'clean');
  assert.is(clean2.sentence, 'Every one of 13 recorded answers came as recorded.');
  assert.is(
    verdictOn(csv('conversation', [played(1, 12, { side: 'server', same: 10, missing: 2 })])).sentence,
    '10 of 12 recorded requests came, each as recorded.',
  );
  const wrong = verdictOn(
    csv('conversation', [played(1, 12, { same: 11, different: 1, verdict: 'mismatch' }), played(2, 1)]),
    csv('notes', [{ severity: 'fault', note: '3 datagrams came of no recorded flow' }]),
  );
  assert.is(wrong.kind, 'mismatch');
  assert.is(wrong.sentence, 'Wrong: 1 of 2 flows differs from the recording and 1 fault was noted.');
  assert.equal(wrong.faults, [
    'flow 1: of 12 recorded answers 11 came as recorded, 1 different, 0 missing, 0 additional',
    '3 datagrams came of no recorded flow',
  ]);
});

test('where nothing was asked says that nothing is judged, and where nothing is there, that', () => {
  const micro = csv('micro', [{ suite: 'codec', task: 'encode', ops_per_s: 1, samples: 1, hash: 'ab' }]);
  assert.equal(verdictOn(micro), {
    kind: 'none',
    sentence: 'Nothing here is judged: these are measurements of this machine on that day.',
    faults: [],
    again: null,
  });
  const nothing = verdictOn(environment());
  assert.is(nothing.kind, 'not measured');
  assert.is(nothing.sentence, 'Nothing was measured, so nothing can be said.');
});

test.run();
