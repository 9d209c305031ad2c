/** Reports with a verdict, as a user gets them: the same in the folder, on the terminal and in GitHub's files. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { drawSummary } from '../../harness/report/twins/summary.ts';
import type { RunModel } from '../../harness/report/model/runModel.ts';
import { assertRefused, ended, inFolder, run, start } from './program.ts';

const test = suite('a report and its verdict');

const RECORDING = join(import.meta.dirname, '../../recordings/match-42.jsonl');
const VIRTUAL = ['replay', RECORDING, '--clock', 'virtual', '--drop', '10%', '--seed', '7'];

const modelIn = (folder: string): RunModel =>
  JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunModel;

const contentOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .toSorted()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );

test('the sentence ends the command and stands in the files', async () => {
  await inFolder(async (folder) => {
    const { code, stdout } = await run([...VIRTUAL, '--report', 'out'], folder);
    assert.is(code, 0);
    const sentence =
      'Every one of 156 datagrams is accounted for; the clients counted exactly what the schedule says. Times are exact, for the clock is virtual.';
    assert.is(stdout.trimEnd().split('\n').at(-1), sentence);
    const { verdict } = modelIn(join(folder, 'out'));
    assert.is(verdict.kind, 'clean');
    assert.is(verdict.sentence, sentence);
    assert.ok(readFileSync(join(folder, 'out/summary.md'), 'utf8').startsWith(`### ✅ ${sentence}\n`));
    assert.ok(readFileSync(join(folder, 'out/junit.xml'), 'utf8').includes(sentence));
  });
});

test('drawn again, and from what is left of it, a folder gives the same bytes', async () => {
  await inFolder(async (folder) => {
    const expected = ['--expect', 'lost<=3', '--expect', 'loss_ratio<=50%'];
    const first = await run([...VIRTUAL, ...expected, '--report', 'out'], folder);
    assert.is(first.code, 1);
    const before = contentOf(join(folder, 'out'));
    for (const name of ['run.json', 'junit.xml', 'summary.md', 'datapackage.json'])
      writeFileSync(join(folder, 'out', name), 'spoilt');
    const again = await run(['report', 'out'], folder);
    assert.is(again.code, 1);
    assert.equal(contentOf(join(folder, 'out')), before);
    // What is said is the same, too, from the expectations on.
    const said = (stdout: string): string => stdout.slice(stdout.indexOf('\nexpected ') + 1);
    assert.is(`\n${again.stdout}`, `\n${said(first.stdout)}`);
    assert.match(
      first.stdout,
      /\nexpected lost<=3: not met by 3 of 3\n {2}client 1 does not meet lost<=3: lost is \d+\n/,
    );
    assert.match(first.stdout, /\nexpected loss_ratio<=0\.5: met by all 3, loss_ratio is 0\.\d+\.\.0\.\d+\n/);
    assert.match(first.stdout, /\nWrong: 1 of 2 expectations is not met\. /);
  });
});

test('two runs of a seed on the virtual clock differ in name and environment alone', async () => {
  await inFolder(async (folder) => {
    const models: object[] = [];
    for (const name of ['one', 'two']) {
      await run([...VIRTUAL, '--report', name], folder);
      const text = readFileSync(join(folder, name, 'run.json'), 'utf8').replaceAll(`"${name}"`, '"NAME"');
      models.push({ ...(JSON.parse(text) as RunModel), environment: null });
    }
    assert.equal(models[0], models[1]);
  });
});

test('--reporter says what is drawn', async () => {
  await inFolder(async (folder) => {
    const drawn = async (...args: string[]): Promise<string[]> => {
      const name = `out${args.length}${args.at(-1)?.length}`;
      await run([...VIRTUAL, '--report', name, ...args], folder);
      return readdirSync(join(folder, name)).filter((file) =>
        /^(report|run|junit|summary|datapackage)\./.test(file),
      );
    };
    const all = ['datapackage.json', 'junit.xml', 'report.html', 'run.json', 'summary.md'];
    assert.equal((await drawn()).toSorted(), all);
    assert.equal((await drawn('--reporter', 'json, junit')).toSorted(), ['junit.xml', 'run.json']);
    assert.equal(await drawn('--reporter', 'csv'), []);
  });
});

test('live and bench hold what they measure to expectations', async () => {
  await inFolder(async (folder) => {
    const live = ['live', '--clock', 'virtual', '--clients', '2', '--seed', '1'];
    const met = await run([...live, '--expect', 'lost==0', '--report', 'live'], folder);
    assert.is(met.code, 0);
    assert.match(met.stdout, /\nexpected lost==0: met by all 2, lost is 0\n/);
    assert.match(met.stdout, / The expectation is met\.\n$/);
    const bench = [
      'bench',
      '--no-micro',
      '--mode',
      'in-process',
      '--transport',
      'node',
      '--intervals',
      '10ms,flat',
    ];
    const unmet = ['--duration', '50ms', '--expect', 'sent<=3', '--expect', 'late_p99_us<=10s'];
    const { code, stdout } = await run([...bench, ...unmet, '--report', 'bench'], folder);
    assert.is(code, 1);
    assert.match(
      stdout,
      /\nexpected sent<=3: not met by 2 of 2\n {2}10000 us, 1 client, node does not meet sent<=3: sent is \d+\n/,
    );
    // Flat out nothing is due, so nothing is late.
    assert.match(stdout, /\nexpected late_p99_us<=10000000: met, late_p99_us is /);
  });
});

test('--abort-on-fail ends a run when an expectation is broken for good, and says how far it was', async () => {
  await inFolder(async (folder) => {
    const slow = ['--clients', '2', '--seed', '7', '--interval', '150ms', '--tmax', '100ms', '--no-control'];
    const args = ['replay', RECORDING, ...slow, '--drop-list', '2-4', '--report', 'out'];
    const broken = ['--expect', 'lost<=1', '--expect', 'duplicates==0', '--abort-on-fail'];
    const { code, stdout, tookMs } = await run([...args, ...broken], folder);
    assert.is(code, 1);
    const [, last = ''] = /\n--abort-on-fail: ended after (\d+) of 52 datagrams\n/.exec(stdout) ?? [];
    assert.ok(Number(last) >= 4 && Number(last) < 52, `${stdout} after ${tookMs} ms`);
    // What is left of the stream is judged as a shorter one, and what it may still keep to is not decided.
    assert.match(
      stdout,
      /\nexpected lost<=1: not met by 2 of 2\n {2}client 1 does not meet lost<=1: lost is 3\n/,
    );
    assert.match(stdout, /\nexpected duplicates==0: not decided, the run was cut short\n/);
    const { verdict, notes, environment } = modelIn(join(folder, 'out'));
    assert.is(verdict.kind, 'unmet');
    assert.is(environment?.interrupted, null);
    assert.ok(notes.some(({ text }) => text.startsWith('--abort-on-fail: ended after ')));
    // One that can be met runs to its end.
    const met = ['live', '--clients', '1', '--seed', '1', '--interval', '20ms', '--expect', 'lost<=1'];
    const whole = await run([...met, '--abort-on-fail', '--report', 'live'], folder);
    assert.is(whole.code, 0, whole.stdout);
    assert.not.match(whole.stdout, /abort-on-fail/);
  });
});

test('--abort-on-fail leaves out the points of a benchmark behind the first that fails', async () => {
  await inFolder(async (folder) => {
    const bench = ['bench', '--no-micro', '--mode', 'in-process', '--transport', 'node', '--clients', '1,2'];
    const points = ['--intervals', '10ms,5ms,flat', '--duration', '50ms', '--report', 'out'];
    const { code, stdout } = await run(
      [...bench, ...points, '--expect', 'sent<=6', '--abort-on-fail'],
      folder,
    );
    assert.is(code, 1);
    assert.match(stdout, /\n--abort-on-fail: ended after 2 of 6 points; the rest is left out\n/);
    const model = modelIn(join(folder, 'out'));
    assert.is(model.tables.throughput?.rows.length, 2);
    assert.equal(
      model.expectations.map(({ result }) => result),
      ['met', 'not met'],
    );
  });
});

test('GitHub Actions gets annotations of what is wrong, and a summary', async () => {
  await inFolder(async (folder) => {
    writeFileSync(join(folder, 'summary'), 'before\n');
    const github = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(folder, 'summary') };
    const args = [...VIRTUAL, '--report', 'out', '--expect', 'lost<=3', '--clients', '1'];
    const { stdout } = await ended(start(args, folder, false, github));
    assert.match(stdout, /\n::error title=matchstream::Wrong: the expectation is not met\. .*\n/);
    assert.match(stdout, /\n::error title=matchstream::client 1 does not meet lost<=3: lost is \d\n/);
    assert.is(
      readFileSync(join(folder, 'summary'), 'utf8'),
      `before\n${drawSummary(modelIn(join(folder, 'out')))}\n`,
    );
  });
});

test('a folder that is no report is refused, and stays as it is', async () => {
  await inFolder(async (folder) => {
    writeFileSync(join(folder, 'ledger.csv'), 'a,b\n1,2\n');
    assertRefused(await run(['report', '.'], folder), 2, 'ledger.csv: expected the columns schema,run,');
    assert.equal(readdirSync(folder), ['ledger.csv']);
  });
});

test.run();
