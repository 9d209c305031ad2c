import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatCsv } from '../../../../harness/report/csv.ts';
import { readTable, rowsOf } from '../../../../harness/report/model/readTable.ts';
import { assertRefusal } from '../../../refusals.ts';

const test = suite('tables read back');

const HEAD = 'schema,run,scenario,seed,clock,mode,transport,flow,direction,client,cause,count';

test('cells are numbers, texts, or nothing', () => {
  const table = readTable(
    'reorder_density',
    'schema,run,scenario,seed,clock,mode,transport,displacement,count,flow,direction,client\n' +
      '2,r1,"say ""hi"", twice",007,virtual,in-process,simulated,-2,5,3,down,\n',
  );
  assert.equal(table.rows, [
    [2, 'r1', 'say "hi", twice', '007', 'virtual', 'in-process', 'simulated', -2, 5, 3, 'down', null],
  ]);
  assert.equal(table.columns.slice(5, 8), [
    { name: 'mode', type: 'text', unit: null },
    { name: 'transport', type: 'text', unit: null },
    { name: 'displacement', type: 'number', unit: null },
  ]);
});

test('units are those at the end of a name', () => {
  const text =
    'schema,run,scenario,seed,clock,mode,transport,suite,task,ops_per_s,mean_ns,p50_ns,p99_ns,samples,hash\n' +
    '2,r,micro,b,real,in-process,none,codec,encode,1000000.5,1000,not measured,,7,ab12\n';
  const table = readTable('micro', text);
  assert.equal(
    table.columns.slice(9).map(({ unit }) => unit),
    ['s', 'ns', 'ns', 'ns', null, null],
  );
  const [row] = rowsOf(table);
  assert.is(row?.['ops_per_s'], 1_000_000.5);
  assert.is(row?.['p50_ns'], 'not measured');
  assert.is(row?.['p99_ns'], null);
});

test('what was put before a formula is taken away, and nothing else', () => {
  const row = (seed: string): unknown =>
    rowsOf(readTable('ledger_causes', `${HEAD}\n2,r,s,${seed},real,processes,node,1,down,1,burst,3\n`))[0]?.[
      'seed'
    ];
  assert.is(row("'-1"), '-1');
  assert.is(row("'=1+1"), '=1+1');
  assert.is(row("'\uFF1D1"), '\uFF1D1');
  assert.is(row("'quoted'"), "'quoted'");
  assert.is(row(String.raw`\u001b[2J`), String.raw`\u001b[2J`);
});

test('what is written reads as what it was', () => {
  const identity = {
    run: '=HYPERLINK("x")',
    scenario: 'a, "b"',
    seed: '-7',
    clock: 'real',
    mode: 'processes',
    transport: 'node',
  };
  const rows = [{ flow: 1, direction: 'down', client: 2, cause: 'burst', count: 12 }];
  const [read] = rowsOf(readTable('ledger_causes', formatCsv('ledger_causes', [{ identity, rows }])));
  assert.equal(read, { schema: 2, ...identity, ...rows[0] });
});

test('what a spreadsheet makes of a table is the same table', () => {
  const plain = readTable('ledger_causes', `${HEAD}\n2,r,s,7,real,processes,node,1,down,1,burst,3\n`);
  const saved = `\uFEFF${HEAD}\r\n2,"r","s",7,real,processes,node,1,down,1,"burst",3\r\n`;
  assert.equal(readTable('ledger_causes', saved), plain);
  assert.equal(readTable('ledger_causes', saved.trimEnd()), plain);
});

test('columns at the end may lack or be unknown', () => {
  const earlier = readTable(
    'ledger_causes',
    'schema,run,scenario,seed,clock,mode,transport,flow\n2,r,s,7,real,p,node,4\n',
  );
  assert.is(rowsOf(earlier)[0]?.['flow'], 4);
  const later = readTable('ledger_causes', `${HEAD},mood\n2,r,s,7,real,p,node,1,down,1,burst,3,fine\n`);
  assert.is(rowsOf(later)[0]?.['mood'], 'fine');
});

test('anything else is refused, with the line', async () => {
  const good = '2,r,s,7,real,processes,node,1,down,1,burst,3';
  for (const text of [
    '',
    'flow,client\n1,2\n',
    `${HEAD}\n2,r,s\n`,
    `${HEAD}\n${good},9\n`,
    `${HEAD}\n2,"r,s,7\n`,
    `${HEAD}\n${good.replace(/3$/, 'three')}\n`,
    `${HEAD}\n${good.replace(/^2/, '1')}\n`,
  ])
    await assertRefusal(() => readTable('ledger_causes', text), 'file-format | ledger_causes.csv');
});

test.run();
