import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  allExpectationParts,
  expectationParts,
  readBenchExpectation,
} from '../../../harness/cli/benchExpectations.ts';
import type { TableRow } from '../../../harness/report/tables.ts';
import { assertRefusal } from '../../refusals.ts';

const test = suite('expectations of a benchmark');

const IDENTITY = {
  run: 'r1',
  scenario: 'throughput',
  seed: 'bank',
  clock: 'real',
  mode: 'processes',
  transport: 'node',
};

const point = (more: Partial<TableRow<'throughput'>>): TableRow<'throughput'> => ({
  interval_us: 1000,
  round: 1,
  clients: 1,
  datagram_bytes: 1200,
  duration_s: 1,
  expected_messages: 1000,
  sent: 1000,
  received: 990,
  lost: 10,
  kernel_drops: 10,
  unexplained: 0,
  expected_pps: 1000,
  sent_pps: 999.5,
  received_pps: 990,
  rate_ratio: 0.9995,
  late_p50_us: 10,
  late_p99_us: 250,
  late_max_us: 900,
  server_cpu_percent: 5,
  client_cpu_percent: 5,
  server_rss_mib: 60,
  client_rss_mib: 60,
  limited_by: 'nothing',
  verdict: 'kernel drop',
  ...more,
});

const flat = point({ interval_us: 0, expected_pps: null, rate_ratio: null, late_p99_us: 'none' });

const judged = (
  texts: readonly string[],
  rows: readonly TableRow<'throughput'>[],
  judge = expectationParts,
) =>
  judge(
    texts.map((text) => readBenchExpectation(text, '--expect')),
    [{ identity: IDENTITY, rows }],
  ).flatMap((part) =>
    part.rows.map(({ subject, expectation, measured, result }) => [subject, expectation, measured, result]),
  );

test('are of its columns, in their units, and of the share that is lost', () => {
  assert.equal(judged(['lost<=10', 'loss_ratio<1%', 'late_p99_us<=0.2ms', 'rate_ratio>=99%'], [point({})]), [
    ['1000 us, 1 client, node', 'lost<=10', 10, 'met'],
    ['1000 us, 1 client, node', 'loss_ratio<0.01', 0.01, 'not met'],
    ['1000 us, 1 client, node', 'late_p99_us<=200', 250, 'not met'],
    ['1000 us, 1 client, node', 'rate_ratio>=0.99', 0.9995, 'met'],
  ]);
});

test('a point that cannot have the figure is not held to it, one that has it not measured does not meet it', () => {
  assert.equal(judged(['late_p99_us<=1s', 'rate_ratio>=0'], [flat]), []);
  assert.equal(judged(['lost<=10', 'loss_ratio<=1'], [point({ lost: null })]), [
    ['1000 us, 1 client, node', 'lost<=10', null, 'not met'],
    ['1000 us, 1 client, node', 'loss_ratio<=1', null, 'not met'],
  ]);
});

test('one that no point can be held to is not met: silence meets nothing', () => {
  assert.equal(judged(['late_p99_us<=1s', 'lost<=10'], [flat], allExpectationParts), [
    ['flat out, 1 client, node', 'lost<=10', 10, 'met'],
    ['the run', 'late_p99_us<=1000000', null, 'not met'],
  ]);
});

test('anything else is refused', async () => {
  for (const [text, refused] of [
    ['lost', 'value-format | --expect'],
    ['jitter_us<=5', 'unknown-choice | --expect'],
    ['clients<=5', 'unknown-choice | --expect'],
    ['lost<=5%', 'value-format | --expect'],
    ['sent_pps>=5%', 'value-format | --expect'],
  ] as const)
    await assertRefusal(() => readBenchExpectation(text, '--expect'), refused);
});

test.run();
