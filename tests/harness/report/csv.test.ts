import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatCsv, writeCsv } from '../../../harness/report/csv.ts';
import { refusal } from '../../refusals.ts';

const RUN = {
  run: 'r1',
  scenario: 'loss, 5%',
  seed: '42',
  clock: 'virtual',
  mode: 'in-process',
  transport: 'simulated',
};

const test = suite('CSV reports');

test('comparison.csv reads as documented', () => {
  const row = {
    flow: 1,
    direction: 'down',
    client: 2,
    interval_us: 1000,
    metric: 'loss_ratio',
    unit: 'ratio',
    configured: 0.05,
    expected: 1 / 3,
    expected_low: null,
    expected_high: null,
    measured: null,
    difference: null,
    verdict: 'not measured',
    configured_low: 0.02,
    configured_high: 0.09,
    stream: null,
    entered: 'none',
  } as const;
  assert.is(
    formatCsv('comparison', [{ identity: RUN, rows: [row] }]),
    'schema,run,scenario,seed,clock,mode,transport,flow,direction,client,interval_us,metric,unit,configured,' +
      'expected,expected_low,expected_high,measured,difference,verdict,configured_low,configured_high,stream,entered\n' +
      '2,r1,"loss, 5%",42,virtual,in-process,simulated,1,down,2,1000,loss_ratio,ratio,0.05,' +
      '0.333333,,,not measured,,not measured,0.02,0.09,,\n',
  );
});

test('a mean of nothing is an empty cell, and what was not measured says so', () => {
  const row = {
    flow: 1,
    direction: 'down',
    client: 1,
    interval_us: 0,
    metric: 'loss_period_mean',
    unit: 'datagrams',
    configured: null,
    expected: null,
    expected_low: null,
    expected_high: null,
    measured: 'none',
    difference: null,
    verdict: 'match',
    configured_low: null,
    configured_high: null,
    stream: 1,
    entered: 3,
  } as const;
  const rows = [row, { ...row, metric: 'corrupted', measured: null, verdict: 'not measured' }];
  const [, ...lines] = formatCsv('comparison', [{ identity: RUN, rows }]).split('\n');
  assert.equal(
    lines.map((text) => text.split(',').slice(13)),
    [
      ['datagrams', '', '', '', '', '', '', 'match', '', '', '1', '3'],
      ['datagrams', '', '', '', '', 'not measured', '', 'not measured', '', '', '1', '3'],
      [],
    ],
  );
});

test('ledger.csv says what could not be read', () => {
  const row = {
    flow: 1,
    direction: 'down',
    client: 2,
    sent: 100,
    duplicated: 3,
    dropped: 5,
    kernel_drops_proxy: 0,
    kernel_drops_client: null,
    kernel_drop_events: null,
    refused: 0,
    held_at_end: 0,
    delivered: 98,
    unexplained: 0,
    late_p50_us: 12,
    late_p99_us: 1.5,
    late_max_us: 'none',
  } as const;
  assert.is(
    formatCsv('ledger', [{ identity: RUN, rows: [row] }]),
    'schema,run,scenario,seed,clock,mode,transport,flow,direction,client,sent,duplicated,dropped,' +
      'kernel_drops_proxy,kernel_drops_client,kernel_drop_events,refused,held_at_end,delivered,unexplained,' +
      'late_p50_us,late_p99_us,late_max_us\n' +
      '2,r1,"loss, 5%",42,virtual,in-process,simulated,1,down,2,100,3,5,0,not measured,not measured,0,0,98,0,12,1.5,\n',
  );
});

const headerOf = (text: string): string => text.slice(0, text.indexOf('\n'));

test('a table without rows is its header', () => {
  const prefix = 'schema,run,scenario,seed,clock,mode,transport,';
  assert.is(
    formatCsv('ledger_causes', [{ identity: RUN, rows: [] }]),
    `${prefix}flow,direction,client,cause,count\n`,
  );
  assert.is(
    formatCsv('reorder_density', [{ identity: RUN, rows: [] }]),
    `${prefix}displacement,count,flow,direction,client\n`,
  );
  assert.is(
    formatCsv('micro', [{ identity: RUN, rows: [] }]),
    `${prefix}suite,task,ops_per_s,mean_ns,p50_ns,p99_ns,samples,hash\n`,
  );
  assert.is(
    headerOf(formatCsv('throughput', [{ identity: RUN, rows: [] }])),
    `${prefix}interval_us,clients,datagram_bytes,duration_s,expected_messages,sent,received,lost,kernel_drops,` +
      'unexplained,expected_pps,sent_pps,received_pps,rate_ratio,late_p50_us,late_p99_us,late_max_us,' +
      'server_cpu_percent,client_cpu_percent,server_rss_mib,client_rss_mib,limited_by,verdict,round',
  );
});

test('quotes are quoted, a line break is written out, the seed stays as it was typed', () => {
  const text = formatCsv('reorder_density', [
    {
      identity: { ...RUN, scenario: 'say "hi"\nagain, \u001B[2J', seed: '007' },
      rows: [{ displacement: -2, count: 5, flow: 3, direction: 'down', client: 3 }],
    },
  ]);
  const row = String.raw`2,r1,"say ""hi""\nagain, \u001b[2J",007,virtual,in-process,simulated,-2,5,3,down,3`;
  assert.ok(text.endsWith(`\n${row}\n`), text);
});

test('a text never starts a formula, and a number stays one', () => {
  const cells = (run: string, scenario: string, seed: string): string =>
    formatCsv('reorder_density', [
      {
        identity: { ...RUN, run, scenario, seed },
        rows: [{ displacement: -3, count: 1, flow: 1, direction: 'down', client: 1 }],
      },
    ]).split('\n')[1] as string;
  const rest = 'virtual,in-process,simulated,-3,1,1,down,1';
  assert.is(cells('=1+1', '+1', '-1'), `2,'=1+1,'+1,'-1,${rest}`);
  assert.is(cells('@SUM(A1)', '\uFF1D1', '=a,"b"'), `2,'@SUM(A1),'\uFF1D1,"'=a,""b""",${rest}`);
  // What a spreadsheet would skip to find a formula cannot stand first.
  assert.is(cells('\t=1', '\r=1', '\n=1'), String.raw`2,\t=1,\r=1,\n=1,` + rest);
  assert.is(cells('a=1', "'quoted", '1-1'), `2,a=1,'quoted,1-1,${rest}`);
});

test('a table is written whole', () => {
  const folder = mkdtempSync(join(tmpdir(), 'matchstream-'));
  try {
    const path = join(folder, 'run', 'reorder_density.csv');
    writeCsv(path, 'reorder_density', [
      { identity: RUN, rows: [{ displacement: 0, count: 9, flow: 1, direction: 'down', client: 1 }] },
    ]);
    assert.is(
      readFileSync(path, 'utf8'),
      'schema,run,scenario,seed,clock,mode,transport,displacement,count,flow,direction,client\n' +
        '2,r1,"loss, 5%",42,virtual,in-process,simulated,0,9,1,down,1\n',
    );
    assert.equal(readdirSync(join(folder, 'run')), ['reorder_density.csv']);
    // A file cannot take the place of a folder.
    assert.throws(
      () => writeCsv(join(folder, 'run'), 'reorder_density', [{ identity: RUN, rows: [] }]),
      refusal('write-failed'),
    );
    assert.equal(readdirSync(folder), ['run']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
