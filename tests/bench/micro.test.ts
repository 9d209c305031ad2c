/** The micro-benchmarks at their smoke size: they run, and come to what they always come to. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EMPTY, formatSum, mixBytes, mixText } from '../../bench/micro/checksum.ts';
import { formatMicro, runMicro } from '../../bench/micro/microSuite.ts';
import { measureTask } from '../../bench/micro/measureTask.ts';
import type { MicroTask } from '../../bench/micro/task.ts';

/** Suite, task and hash. A hash that changes says that bytes on the wire, matches, fates or statistics have. */
const EXPECTED = [
  ['codec', 'encode message', '502fb82f'],
  ['codec', 'write from template', '53a5dd20'],
  ['codec', 'read count', 'a0f52f3d'],
  ['codec', 'decode message', 'efc342ed'],
  ['codec', 'decode control', '6fb537d6'],
  ['codec', 'verify check 1200 B', 'f4f064f7'],
  ['codec', 'crc32 1200 B', '0cb5fa95'],
  ['simulation', 'match', '6b326119'],
  ['simulation', 'source to batch', '045483b1'],
  ['schedule', 'nothing', 'd2063dc5'],
  ['schedule', 'drop', 'de1e39c0'],
  ['schedule', 'drop reorder duplicate', 'c4da9dc0'],
  ['schedule', 'gilbert-elliott', 'c5efac42'],
  ['schedule', 'everything', '10ca2ad8'],
  ['metrics', 'in order', 'c419cfb9'],
  ['metrics', 'disturbed', '84f9aef4'],
  ['metrics', 'disturbed with send times', 'fb0b638f'],
];

/** A smoke run calls each task a few times; a measurement would take minutes. */
const MAX_MS = 60_000;

const all = suite('the micro-benchmarks');

all('come to the committed hashes, run after run, soon', async () => {
  const startMs = performance.now();
  const lines: string[] = [];
  const first = await runMicro({ timeMs: 0, smoke: true, onTask: (line) => lines.push(line) });
  const second = await runMicro({ timeMs: 0, smoke: true });
  for (const { rows } of [first, second]) {
    assert.equal(
      rows.map((row) => [row.suite, row.task, row.hash]),
      EXPECTED,
    );
    for (const row of rows) {
      for (const figure of [row.ops_per_s, row.mean_ns, row.p50_ns, row.p99_ns, row.samples]) {
        assert.ok(figure !== null && Number.isFinite(figure) && figure > 0, `${row.task}: ${figure}`);
      }
    }
  }
  assert.is(lines.length, EXPECTED.length);
  assert.match(lines[2] as string, /^codec, read count: [\d.]+ ns, \d+\/s, hash a0f52f3d$/);
  assert.ok(performance.now() - startMs < MAX_MS);
});

all('are shown in a table with a line each', () => {
  const table = formatMicro([
    {
      suite: 'codec',
      task: 'read count',
      ops_per_s: 19_157_088.1,
      mean_ns: 52.2,
      p50_ns: 5.004,
      p99_ns: 130.51,
      samples: 495,
      hash: '731fb535',
    },
    {
      suite: 'simulation',
      task: 'match',
      ops_per_s: null,
      mean_ns: 194_146.3,
      p50_ns: null,
      p99_ns: null,
      samples: 0,
      hash: '736d4730',
    },
  ]);
  assert.equal(table.split('\n'), [
    'suite       task               ops/s  mean ns        p50 ns        p99 ns  samples      hash',
    'codec       read count      19157088     52.2          5.00           131      495  731fb535',
    'simulation  match       not measured   194146  not measured  not measured        0  736d4730',
    '',
  ]);
});

all.run();

const measuring = suite('measuring a task');

const BRISK = { timeMs: 0, smoke: true, clockGrainNs: 1e-3 };

/** A task that does next to nothing, its blocks coming to what `results` says in turn. */
function trifle(results: readonly number[]): MicroTask & { readonly calls: string[] } {
  const calls: string[] = [];
  let block = 0;
  return {
    name: 'trifle',
    operations: 10,
    calls,
    prepare: () => calls.push('prepare'),
    run: () => {
      calls.push('run');
      block += 1;
      return results[Math.min(block, results.length) - 1] as number;
    },
    sumRest: (sum) => {
      calls.push('sum');
      return sum + 1;
    },
  };
}

measuring('every block is prepared before it and summed after it', async () => {
  const task = trifle([41]);
  const { row, warning } = await measureTask('invented', task, BRISK);
  assert.is(row.hash, '0000002a');
  assert.is(warning, null);
  assert.ok(task.calls.length >= 3 * row.samples);
  assert.ok(task.calls.every((call, k) => call === ['prepare', 'run', 'sum'][k % 3]));
});

measuring('a block that comes to something else is refused', async () => {
  const message = await measureTask('invented', trifle([41, 41, 42]), BRISK).then(
    () => 'nothing was refused',
    (error: Error) => error.message,
  );
  assert.is(message, 'invented, trifle: one block came to 0000002a, another to 0000002b');
});

measuring('a block that is short for the clock is warned of', async () => {
  const { warning } = await measureTask('invented', trifle([41]), { ...BRISK, clockGrainNs: 1e12 });
  assert.is(warning, 'invented, trifle: a sample is 0 grains of the clock long, below 100');
});

measuring.run();

const checksum = suite('the checksum');

checksum("is FNV-1a's of 32 bits", () => {
  // Published test vectors.
  assert.is(formatSum(EMPTY), '811c9dc5');
  assert.is(formatSum(mixText(EMPTY, 'a')), 'e40c292c');
  assert.is(formatSum(mixText(EMPTY, 'foobar')), 'bf9cf968');
  assert.is(formatSum(mixBytes(EMPTY, new TextEncoder().encode('[foobar]'), 1, 7)), 'bf9cf968');
});

checksum.run();
