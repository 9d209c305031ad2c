/** The committed sample reports: what this version writes, complete, and repeatable from themselves. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildReplayCommand } from '../../harness/cli/replayCommand.ts';
import { columnsOf } from '../../harness/report/tables.ts';
import type { TableName } from '../../harness/report/tables.ts';
import { findCommandLines } from './docs.ts';
import { listFiles, readText } from './source.ts';

const test = suite('sample reports');

const SAMPLE = 'reports/sample';
const files = listFiles(SAMPLE);
const TABLES = ['comparison', 'ledger', 'ledger_causes', 'reorder_density'] as const;

/** What a row says of a count; the unit comes last. */
const JUDGED =
  'schema,client,metric,configured,expected,expected_low,expected_high,measured,difference,verdict,configured_low,configured_high,unit'.split(
    ',',
  );

const argumentsOf = (run: string): string[] =>
  (JSON.parse(readText(`${SAMPLE}/${run}/environment.json`)) as { commandLine: string[] }).commandLine;

/** Cells of a table of the samples: none of them is quoted. */
const rowsOf = (text: string): string[][] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));

/** The named columns of the rows of a scenario. */
function select(text: string, scenario: string, names: readonly string[]): string[] {
  const [header = [], ...rows] = rowsOf(text);
  const at = names.map((name) => header.indexOf(name));
  return rows
    .filter((row) => row[header.indexOf('scenario')] === scenario)
    .map((row) => at.map((column) => row[column]).join(' '));
}

test('the page shows the commands that the samples say they were made by', () => {
  const shown = findCommandLines(readText('reports/README.md')).map(({ words }) => words.join(' '));
  assert.equal(
    shown,
    ['live', 'replay'].map((run) => argumentsOf(run).join(' ')),
  );
});

test('three clients have a log and statistics each, and nothing is unexplained', () => {
  for (const run of ['live', 'replay']) {
    for (const client of [1, 2, 3]) {
      for (const name of [`client-${client}.log`, `client-${client}.stats.json`])
        assert.ok(files.includes(`${SAMPLE}/${run}/logs/${name}`), `${run} ${name}`);
    }
    const [header = [], ...rows] = rowsOf(readText(`${SAMPLE}/${run}/ledger.csv`));
    assert.equal(
      rows.map((row) => row[header.indexOf('unexplained')]),
      rows.map(() => '0'),
    );
  }
});

test('the tables have the columns of this version, and no verdict is a mismatch', () => {
  for (const run of ['live', 'replay']) {
    for (const table of TABLES) {
      const [header] = rowsOf(readText(`${SAMPLE}/${run}/${table}.csv`));
      assert.equal(header, Object.keys(columnsOf(table satisfies TableName)), `${run} ${table}`);
    }
    assert.not.match(readText(`${SAMPLE}/${run}/comparison.csv`), /mismatch/);
  }
});

test('no file names a place of the machine it was made on', () => {
  const found = files.filter((path) =>
    /(?:^|["'\s=])\/(?:home|root|tmp|usr|var|work|Users)\b/m.test(readText(path)),
  );
  assert.equal(found, []);
});

test('the lossy replay, repeated on the virtual clock, gives the same fates and the same counts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'matchstream-'));
  try {
    const [, ...args] = argumentsOf('replay');
    const places = ['--report', join(folder, 'report'), '--fates', join(folder, 'fates')];
    const arrivals = ['--arrivals', join(folder, 'arrivals.csv')];
    // There are no logs on the virtual clock, so what was asked of them is taken back.
    const virtually = ['--clock', 'virtual', '--log-level', 'info'];
    await buildReplayCommand().parseAsync([...args, ...virtually, ...places, ...arrivals], { from: 'user' });
    for (const flow of [1, 2, 3]) {
      const name = `fates-${flow}-down.jsonl`;
      assert.is(
        readFileSync(join(folder, 'fates', name), 'utf8'),
        readText(`${SAMPLE}/replay/fates/${name}`),
        name,
      );
    }
    const again = (name: string): string => readFileSync(join(folder, 'report', name), 'utf8');
    const counted = (text: string): string[] =>
      select(text, 'flags', JUDGED).filter((row) => !/ (?:us|pps|bps)$/.test(row));
    const committed = counted(readText(`${SAMPLE}/replay/comparison.csv`));
    assert.ok(committed.length > 60);
    assert.equal(counted(again('comparison.csv')), committed);
    const density = ['schema', 'displacement', 'count', 'flow', 'direction', 'client'];
    assert.equal(
      select(again('reorder_density.csv'), 'flags', density),
      select(readText(`${SAMPLE}/replay/reorder_density.csv`), 'flags', density),
    );
    const ledger = ['schema', 'client', 'sent', 'duplicated', 'dropped', 'delivered', 'unexplained'];
    assert.equal(
      select(again('ledger.csv'), 'flags', ledger),
      select(readText(`${SAMPLE}/replay/ledger.csv`), 'flags', ledger),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
