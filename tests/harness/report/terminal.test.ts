import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { comparisonTable, throughputTable } from '../../../harness/report/terminal.ts';
import type { ComparisonRow, Verdict } from '../../../harness/judge/compare.ts';
import type { LedgerRow } from '../../../harness/judge/accounting.ts';
import type { MetricName } from '../../../src/metrics/catalogue.ts';

const row = (
  client: number,
  metric: MetricName,
  expected: number | null,
  measured: number | null,
  verdict: Verdict,
  bounds: [number | null, number | null] = [null, null],
): ComparisonRow => ({
  flow: client,
  direction: 'down',
  client,
  interval_us: 1000,
  metric,
  unit: 'datagrams',
  configured: null,
  expected,
  expected_low: bounds[0],
  expected_high: bounds[1],
  measured,
  difference: null,
  verdict,
  configured_low: null,
  configured_high: null,
  stream: null,
  entered: 'none',
});

const account = (client: number, delivered: number | null, unexplained: number | null): LedgerRow => ({
  flow: client,
  direction: 'down',
  client,
  sent: 1000,
  duplicated: 10,
  dropped: 50,
  kernel_drops_proxy: 0,
  kernel_drops_client: 0,
  kernel_drop_events: 0,
  refused: 0,
  held_at_end: 0,
  delivered,
  unexplained,
  late_p50_us: 'none',
  late_p99_us: 'none',
  late_max_us: 'none',
});

const POINT = {
  clients: 3,
  datagram_bytes: 200,
  duration_s: 1,
  expected_messages: 3000,
  sent: 3000,
  received: 2998,
  lost: 2,
  kernel_drops: 2,
  unexplained: 0,
  expected_pps: 3000,
  sent_pps: 2999.96,
  received_pps: 2998.2,
  rate_ratio: 0.999,
  late_p50_us: 3,
  late_p99_us: 140.26,
  late_max_us: 900,
  server_cpu_percent: 10,
  client_cpu_percent: 10,
  server_rss_mib: 60,
  client_rss_mib: 60,
};

const test = suite('what a person reads');

test('a line a client, with the worst verdict', () => {
  const comparison = [
    row(1, 'lost', 50, 50, 'match'),
    row(1, 'reordered', 47, 47, 'match'),
    row(1, 'duplicates', 10, 10, 'match'),
    row(1, 'jitter_us', null, 3, 'not measured'),
    row(2, 'lost', 50, 61, 'mismatch'),
    row(2, 'reordered', 47, null, 'not measured'),
    row(2, 'duplicates', null, 10, 'within', [8, 12]),
  ];
  assert.is(
    comparisonTable(comparison, [account(1, 960, 0), account(2, 949, 11)]),
    [
      'client  sent  delivered   lost        reordered  duplicates  unexplained  verdict',
      '1 down  1000        960  50/50            47/47       10/10            0  match',
      '2 down  1000        949  50/61  47/not measured    8..12/10           11  mismatch',
      '',
    ].join('\n'),
  );
});

test('an account without a comparison still has its line', () => {
  assert.is(
    comparisonTable([], [account(1, null, null)]),
    [
      'client  sent     delivered  lost  reordered  duplicates   unexplained  verdict',
      '1 down  1000  not measured     -          -           -  not measured  not measured',
      '',
    ].join('\n'),
  );
});

test('a line an interval of throughput', () => {
  assert.is(
    throughputTable([
      {
        ...POINT,
        interval_us: 1000,
        limited_by: 'nothing',
        round: 1,
        verdict: 'kernel drop',
      },
      {
        ...POINT,
        interval_us: 0,
        expected_pps: null,
        sent_pps: 1234567.8,
        received_pps: 1200000,
        rate_ratio: null,
        late_p99_us: 'none',
        limited_by: 'server cpu',
        round: 1,
        verdict: 'not measured',
      },
    ]),
    [
      'interval  clients  bytes  expected/s   sent/s  received/s  lost  late p99 us  limited by  verdict',
      ' 1000 us        3    200        3000     3000        2998     2        140.3     nothing  kernel drop',
      'flat out        3    200           -  1234568     1200000     2            -  server cpu  not measured',
      '',
    ].join('\n'),
  );
});

test('a table wider than the terminal goes on below, with its first column again', () => {
  const rows = [row(1, 'lost', 5, 5, 'match'), row(2, 'lost', 50, 50, 'match')];
  assert.is(
    comparisonTable(rows, [account(1, 950, 0), account(2, 900, 0)], { columns: 40, colour: false }),
    [
      'client  sent  delivered   lost',
      '1 down  1000        950    5/5',
      '2 down  1000        900  50/50',
      '',
      'client  reordered  duplicates',
      '1 down          -           -',
      '2 down          -           -',
      '',
      'client  unexplained  verdict',
      '1 down            0  match',
      '2 down            0  match',
      '',
    ].join('\n'),
  );
});

test('where even its first columns and one more do not fit, each line is a list', () => {
  const point = (interval: number, limitedBy: string, verdict: Verdict) => ({
    ...POINT,
    interval_us: interval,
    limited_by: limitedBy,
    round: 1,
    verdict,
  });
  const rows = [
    point(1000, 'a client that did not see the end', 'not measured'),
    point(0, 'sender', 'match'),
  ];
  assert.is(
    throughputTable(rows, { columns: 40, colour: false }),
    [
      'interval     1000 us',
      'clients      3',
      'bytes        200',
      'expected/s   3000',
      'sent/s       3000',
      'received/s   2998',
      'lost         2',
      'late p99 us  140.3',
      'limited by   a client that did not see the end',
      'verdict      not measured',
      '',
      'interval     flat out',
      'clients      3',
      'bytes        200',
      'expected/s   3000',
      'sent/s       3000',
      'received/s   2998',
      'lost         2',
      'late p99 us  140.3',
      'limited by   sender',
      'verdict      match',
      '',
    ].join('\n'),
  );
});

test('and where each part would have one column of its own, too', () => {
  const rows = [{ ...POINT, interval_us: 1000, limited_by: 'nothing', verdict: 'match', round: 1 } as const];
  const text = throughputTable(rows, { columns: 40, colour: false });
  assert.is(text.split('\n')[0], 'interval     1000 us');
  assert.is(text.split('\n').length, 11);
});

test('a verdict has its colour, and nothing else has one', () => {
  const rows = [
    row(1, 'lost', 5, 5, 'match'),
    row(2, 'lost', 5, 9, 'mismatch'),
    row(3, 'lost', 5, 9, 'kernel drop'),
  ];
  const accounts = [1, 2, 3].map((client) => account(client, 950, 0));
  const plain = comparisonTable(rows, accounts);
  const coloured = comparisonTable(rows, accounts, { columns: null, colour: true });
  assert.is(
    coloured,
    plain
      .replace(/ match\n/, ' \u001B[32mmatch\u001B[0m\n')
      .replace(/ mismatch\n/, ' \u001B[31mmismatch\u001B[0m\n')
      .replace(/ kernel drop\n/, ' \u001B[33mkernel drop\u001B[0m\n'),
  );
  // The list of a very narrow terminal, too.
  assert.ok(
    comparisonTable(rows, accounts, { columns: 12, colour: true }).includes(
      'verdict      \u001B[31mmismatch\u001B[0m\n',
    ),
  );
});

test.run();
