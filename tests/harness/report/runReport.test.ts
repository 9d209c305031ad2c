import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readEnvironment } from '../../../harness/report/environment.ts';
import { RunReport } from '../../../harness/report/runReport.ts';
import { exitCodeOf, tellVerdict } from '../../../harness/report/tellVerdict.ts';

const test = suite('the report of a run');

const IDENTITY = {
  run: 'r1',
  scenario: 'flags',
  seed: '7',
  clock: 'real',
  mode: 'processes',
  transport: 'node',
};

const causes = [
  { identity: IDENTITY, rows: [{ flow: 1, direction: 'down', client: 1, cause: 'mtu', count: 3 }] },
];

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'matchstream-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('is its tables, its environment, and what is drawn from them', async () => {
  await inFolder(async (folder) => {
    const environment = await readEnvironment({ commandLine: ['', '', 'live'], seed: '7' });
    const { model, unwritten } = await new RunReport()
      .add('ledger_causes', causes)
      .addRows('micro', [{ identity: IDENTITY, rows: [] }])
      .addNotes([{ identity: IDENTITY, notes: [], faults: ['a fault'] }])
      .addNotes([{ identity: IDENTITY, notes: ['a note'], faults: [] }])
      .write(folder, environment);
    assert.equal(unwritten, []);
    assert.equal(readdirSync(folder).toSorted(), [
      'datapackage.json',
      'environment.json',
      'junit.xml',
      'ledger_causes.csv',
      'notes.csv',
      'report.html',
      'run.json',
      'summary.md',
    ]);
    assert.equal(
      model.notes.map(({ severity, text }) => `${severity}: ${text}`),
      ['fault: a fault', 'note: a note'],
    );
    assert.equal(
      JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')),
      JSON.parse(JSON.stringify(model)),
    );
    assert.is(exitCodeOf(model), 1);
  });
});

test('says what could not be written, and writes the rest', async () => {
  await inFolder(async (folder) => {
    mkdirSync(join(folder, 'ledger_causes.csv'));
    mkdirSync(join(folder, 'junit.xml'));
    const environment = await readEnvironment({ commandLine: [], seed: '7' });
    const { model, unwritten } = await new RunReport()
      .add('ledger_causes', causes)
      .write(folder, environment, ['junit', 'summary']);
    assert.equal(
      unwritten.map(({ code, message }) => [code, message.includes(folder)]),
      [
        ['write-failed', true],
        ['write-failed', true],
      ],
    );
    assert.equal(readdirSync(folder).toSorted(), [
      'environment.json',
      'junit.xml',
      'ledger_causes.csv',
      'summary.md',
    ]);
    assert.is(model.tables.ledger_causes?.rows.length, 1, 'the model has what the disk has not');
  });
});

test('without a folder is only judged', async () => {
  const environment = await readEnvironment({ commandLine: [], seed: '7', interrupted: 'SIGTERM' });
  const { model, unwritten } = await new RunReport().add('ledger_causes', causes).write(null, environment);
  assert.equal(unwritten, []);
  assert.is(model.verdict.kind, 'cut short');
  assert.is(exitCodeOf(model), 143);
});

test('tells the verdict last, and a job what it wants to know', async () => {
  await inFolder(async (folder) => {
    const environment = await readEnvironment({ commandLine: ['', '', 'live'], seed: '7' });
    const { model } = await new RunReport()
      .addNotes([{ identity: IDENTITY, notes: [], faults: ['a fault'] }])
      .write(null, environment);
    const told = (of: Record<string, string>): string[] => {
      const lines: string[] = [];
      tellVerdict(model, (...more) => void lines.push(...more), of);
      return lines;
    };
    const plain = [
      'wrong: a fault',
      'to see it again:',
      '  matchstream live --seed 7',
      'Wrong: 1 fault was noted.',
    ];
    assert.equal(told({}), plain);
    assert.equal(told({ GITHUB_ACTIONS: 'false', GITHUB_STEP_SUMMARY: '' }), plain);
    const path = join(folder, 'summary');
    writeFileSync(path, 'before\n');
    assert.equal(told({ GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: path }), [
      '::error title=matchstream::Wrong: 1 fault was noted.',
      '::error title=matchstream::a fault',
      ...plain,
    ]);
    assert.match(readFileSync(path, 'utf8'), /^before\n### ❌ Wrong: 1 fault was noted\.\n/);
    // A summary that cannot be written costs nothing but a note.
    assert.equal(told({ GITHUB_STEP_SUMMARY: folder }), plain);
  });
});

test.run();
