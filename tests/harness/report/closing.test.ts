import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { expectationLines, verdictLines } from '../../../harness/report/closing.ts';
import { annotations } from '../../../harness/report/github.ts';
import { runModelOf } from '../../../harness/report/model/runModel.ts';
import type { RunModel } from '../../../harness/report/model/runModel.ts';
import { account, csv, environment, lost } from './model/folder.ts';

const test = suite('the last lines');

const modelOf = (...files: readonly [string, string][]): RunModel => runModelOf(new Map(files), 'folder');

const expectation = (k: number, result: string, measured: number | string, expression = 'lost<=3') => ({
  subject: `client ${k}`,
  expectation: expression,
  metric: 'lost',
  measured,
  result,
});

test('list each expectation, met or not, with its figures', () => {
  const model = modelOf(
    csv('expectations', [
      expectation(1, 'met', 2),
      expectation(2, 'not met', 4),
      expectation(3, 'not met', 'not measured'),
      expectation(1, 'met', 2, 'lost<=9'),
      expectation(2, 'met', 4, 'lost<=9'),
      expectation(1, 'met', 2, 'lost<=8'),
      expectation(1, 'not decided', 2, 'lost<=7'),
      { ...expectation(1, 'met', '', 'loss_period_mean<=7'), metric: 'loss_period_mean' },
    ]),
  );
  assert.equal(expectationLines(model), [
    'expected lost<=3: not met by 2 of 3',
    '  client 2 does not meet lost<=3: lost is 4',
    '  client 3 does not meet lost<=3: lost is not measured',
    'expected lost<=9: met by all 2, lost is 2..4',
    'expected lost<=8: met, lost is 2',
    'expected lost<=7: not decided, the run was cut short',
    'expected loss_period_mean<=7: met, loss_period_mean is undefined',
  ]);
});

test('name the part where there are several', () => {
  assert.equal(
    expectationLines(
      modelOf(
        csv('expectations', [
          { ...expectation(1, 'met', 2), scenario: 'lossy' },
          { ...expectation(1, 'not met', 4), scenario: 'lossy', clock: 'virtual', transport: 'simulated' },
        ]),
      ),
    ),
    [
      'expected lost<=3 (lossy, real clock, node): met, lost is 2',
      'expected lost<=3 (lossy, virtual clock, simulated): not met',
      '  client 1 does not meet lost<=3: lost is 4',
    ],
  );
});

test('of very many clients name twenty', () => {
  const lines = expectationLines(
    modelOf(
      csv(
        'expectations',
        Array.from({ length: 1000 }, (_, k) => expectation(k + 1, 'not met', 4)),
      ),
    ),
  );
  assert.is(lines.length, 22);
  assert.is(lines[0], 'expected lost<=3: not met by 1,000 of 1,000');
  assert.is(lines[21], '  and 980 more, in expectations.csv');
});

test('end in the sentence, after what is wrong and how to see it again', () => {
  const wrong = modelOf(
    csv('comparison', [lost(1, 3, { measured: 4, verdict: 'mismatch' })]),
    csv('expectations', [expectation(1, 'not met', 4)]),
    environment(),
  );
  assert.equal(verdictLines(wrong), [
    'wrong: client 1 down: lost is 4, expected 3',
    'to see it again:',
    '  matchstream replay match.jsonl --drop 5% --seed 7',
    'Wrong: 1 figure of 1 client is not what the schedule says and the expectation is not met.',
  ]);
  assert.equal(verdictLines(modelOf(csv('ledger', [account(1, 5)]), environment())), [
    'Every one of 5 datagrams is accounted for.',
  ]);
});

test('tell GitHub what is wrong in commands that a text cannot end', () => {
  assert.equal(annotations(modelOf(csv('ledger', [account(1, 5)]))), []);
  const fault = String.raw`100% bad\n::set-env name=A::b`;
  const hostile = modelOf(csv('notes', [{ severity: 'fault', note: fault }]));
  assert.equal(annotations(hostile), [
    '::error title=matchstream::Wrong: 1 fault was noted.',
    String.raw`::error title=matchstream::100%25 bad\n::set-env name=A::b`,
  ]);
});

test.run();
