/** The guarded runner against every way in which a test file can lie about itself. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runFile } from './runFile.ts';
import type { Outcome } from './runFile.ts';

const test = suite('guarded runner');

/** Generous: nothing should take long. */
const USUAL = { limitMs: 180_000, lingerMs: 1500 };
/** Where the limit is what is tested, it is so many times what an honest file takes on this machine at this moment. */
const LIMIT_FACTOR = 5;
const MIN_LIMIT_MS = 3000;

interface Expected {
  readonly passed: number;
  readonly failed: number;
  readonly skipped?: number;
  /** Of those that are skipped by themselves, the names. */
  readonly skippedTitles?: readonly string[];
  /** Each matches the problem at its place, and there are no others. */
  readonly problems: readonly RegExp[];
  readonly output?: RegExp;
  readonly reachesLimit?: true;
}

/** Those that have to be waited for come first. */
const CLAIMS: Record<string, readonly [claim: string, expected: Expected]> = {
  hangs: [
    'a test that hangs is killed by pid and named',
    {
      passed: 0,
      failed: 1,
      problems: [/killed \(pid \d+\) after \d+ s in "fixture: hangs"/],
      reachesLimit: true,
    },
  ],
  spins: [
    'a test that blocks its process is killed by pid and named',
    {
      passed: 0,
      failed: 1,
      problems: [/killed \(pid \d+\) after \d+ s in "fixture: spins"/],
      reachesLimit: true,
    },
  ],
  'open-socket': [
    'a socket left open fails and is named',
    { passed: 1, failed: 1, problems: [/left something running 1\.5 s after its last test: .*UDP/] },
  ],
  'leaves-process': [
    'a process left running fails',
    { passed: 1, failed: 1, problems: [/a process it started outlives it/] },
  ],
  honest: [
    'an honest file passes, and what it skips is named',
    { passed: 2, failed: 0, skipped: 1, skippedTitles: ['fixture: a skipped one'], problems: [] },
  ],
  'reads-stdin': ['standard input is empty, not a terminal', { passed: 1, failed: 0, problems: [] }],
  fails: [
    'a failing test is counted and its message kept',
    { passed: 1, failed: 1, problems: [], output: /one is not two/ },
  ],
  'before-throws': [
    'a before hook that throws fails its tests and no others',
    { passed: 1, failed: 1, problems: [/before hook threw: Error: thrown in before/, /only 0 of 1/] },
  ],
  'before-each-throws': [
    'a before.each hook that throws fails',
    { passed: 0, failed: 1, problems: [/before\.each hook threw: Error: thrown in before\.each/] },
  ],
  'after-throws': [
    'an after hook that throws fails, and later suites still run',
    { passed: 2, failed: 1, problems: [/after hook threw: Error: thrown in after/] },
  ],
  'after-each-throws': [
    'an after.each hook that throws fails, twice: uvu calls it again',
    {
      passed: 0,
      failed: 2,
      problems: [/after\.each hook threw/, /after\.each hook threw/, /only 0 of 2/],
    },
  ],
  'run-forgotten': [
    'a suite never run fails',
    { passed: 0, failed: 1, problems: [/"fixture": 1 reg/, /no test ran/] },
  ],
  'second-run-forgotten': [
    'a second suite never run fails',
    { passed: 1, failed: 1, problems: [/"second": 1 registered after the last \.run\(\), or never run/] },
  ],
  'test-after-run': [
    'a test after .run() fails',
    { passed: 1, failed: 1, problems: [/"fixture": 1 registered/] },
  ],
  'empty-suite': [
    'a suite without a test fails',
    { passed: 1, failed: 1, problems: [/"second" was run without/] },
  ],
  'no-test': ['a file without a test fails', { passed: 0, failed: 1, problems: [/no test ran/] }],
  'only-skipped': [
    'a file that skips all its tests fails',
    { passed: 0, failed: 1, skipped: 1, skippedTitles: ['fixture: some day'], problems: [/no test ran/] },
  ],
  only: [
    'a test marked only fails',
    { passed: 1, failed: 1, skipped: 1, problems: [/"this one" is marked only/] },
  ],
  'import-throws': [
    'a file that throws while loading fails',
    {
      passed: 0,
      failed: 1,
      problems: [/ended \(code 1\) before its first test/],
      output: /thrown while loading/,
    },
  ],
  'rejects-later': [
    'a rejection nobody handles fails',
    {
      passed: 1,
      failed: 1,
      problems: [/ended \(code 1\) after its tests had passed/],
      output: /rejected later/,
    },
  ],
  'exits-later': [
    'an exit code that is not 0 fails, though the tests passed',
    { passed: 1, failed: 1, problems: [/ended \(code 7\) after its tests had passed/] },
  ],
  'exits-early': [
    'a process that ends during a test fails, even with code 0',
    { passed: 0, failed: 1, problems: [/ended \(code \d+\) in "fixture: ends it all"/] },
  ],
  'never-settles': [
    'a test that waits for nothing fails and is named',
    { passed: 0, failed: 1, problems: [/ended \(code \d+\) in "fixture: waits for ever"/] },
  ],
  'no-such-file': [
    'a file that is not there fails',
    { passed: 0, failed: 1, problems: [/before its first test/], output: /no-such-file/ },
  ],
};

// All processes are started by one pool before the tests look at them, four at a time: the slow ones wait.
const outcomes = new Map<string, Outcome>();
test.before(async () => {
  const pathOf = (name: string): string => `${import.meta.dirname}/fixtures/${name}.fixture.ts`;
  const { tookMs } = await runFile(pathOf('honest'), USUAL);
  const limitMs = 1000 * Math.ceil(Math.max(MIN_LIMIT_MS, LIMIT_FACTOR * tookMs) / 1000);
  const queue = Object.entries(CLAIMS).values();
  const worker = async (): Promise<void> => {
    for (const [name, [, { reachesLimit }]] of queue)
      outcomes.set(name, await runFile(pathOf(name), reachesLimit === true ? { ...USUAL, limitMs } : USUAL));
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
});

for (const [name, [claim, expected]] of Object.entries(CLAIMS)) {
  test(claim, () => {
    const { passed, failed, skipped, skippedTitles, problems, output } = outcomes.get(name) as Outcome;
    const said = `${problems.join('\n')}\n${output}`;
    assert.is(problems.length, expected.problems.length, said);
    for (const [index, pattern] of expected.problems.entries())
      assert.match(problems[index] as string, pattern);
    assert.is(passed, expected.passed, said);
    assert.is(failed, expected.failed, said);
    assert.is(skipped, expected.skipped ?? 0, said);
    assert.equal(skippedTitles, expected.skippedTitles ?? []);
    if (expected.output !== undefined) assert.match(output, expected.output);
  });
}

test.run();
