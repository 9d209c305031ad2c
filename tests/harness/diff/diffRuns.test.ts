/** Two runs compared: exact figures one by one, samples by their medians; and as text. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { diffRuns, isRegression } from '../../../harness/diff/diffRuns.ts';
import { DIFF_FORMATS, diffLines, diffSentence } from '../../../harness/diff/formatDiff.ts';
import type { RunModel } from '../../../harness/report/model/runModel.ts';
import { randomStream } from '../../../src/base/random.ts';
import { account, csv, delay, lost, point } from '../report/model/folder.ts';
import { HOSTILE, hostileModel, modelOf } from '../report/twins/models.ts';

const test = suite('the difference of two runs');

/** Whether a text has a character that would control a terminal, or turn its direction. */
const isHostile = (text: string): boolean => text.includes('\u001B') || text.includes('\u202E');

const session = (lostCount: number, dropped = lostCount): RunModel =>
  modelOf(
    csv('comparison', [lost(1, lostCount), delay(1)]),
    csv('ledger', [account(1, 100, { dropped, delivered: 100 - dropped })]),
  );

test('of a run and itself there is none, and its times are not judged', () => {
  const difference = diffRuns(session(5), session(5), 0.05);
  assert.not.ok(isRegression(difference));
  // Six columns of the ledger; expected and measured of one count.
  assert.is(difference.exact.length, 8);
  assert.is(difference.unjudgedTimes, 1);
  assert.equal(diffLines(difference, 0.05), [
    '8 exact figures: 8 equal, 0 not',
    'not judged: 1 time of one run on the real clock, which says nothing of the next',
    'Nothing differs that may not, and nothing is worse.',
  ]);
});

test('a schedule that changed by one datagram is found, figure by figure', () => {
  const difference = diffRuns(session(5), session(6), 0.05);
  assert.ok(isRegression(difference));
  assert.equal(
    difference.exact
      .filter(({ result }) => result !== 'equal')
      .map(({ figure, before, after }) => `${figure} ${before} ${after}`),
    ['ledger dropped 5 6', 'ledger delivered 95 94', 'lost expected 5 6', 'lost measured 5 6'],
  );
  assert.is(diffSentence(difference), '4 exact figures are not what they were.');
});

test('what only one of the runs has is named', () => {
  const difference = diffRuns(session(5), modelOf(csv('comparison', [lost(1, 5)])), 0.05);
  assert.is(difference.exact.filter(({ result }) => result === 'only before').length, 6);
  assert.match(diffLines(difference, 0.05)[1] as string, /^ {2}gone: .*ledger sent was 100$/);
});

test('on the virtual clock times are exact, too', () => {
  const model = (delayUs: number): RunModel =>
    modelOf(csv('comparison', [{ ...delay(1), clock: 'virtual', measured: delayUs }]));
  assert.ok(isRegression(diffRuns(model(10), model(11), 0.05)));
  assert.is(diffRuns(model(10), model(10), 0.05).unjudgedTimes, 0);
});

/** A benchmark of so many runs, with rates around one. */
function bench(runs: number, pps: number, key: string): RunModel {
  const { draw } = randomStream(key);
  return modelOf(
    csv(
      'throughput',
      Array.from({ length: runs }, (_, k) =>
        point(0, 1000, { received_pps: pps * (1 + 0.02 * (draw() - 0.5)), round: k + 1 }),
      ),
    ),
  );
}
const received = ({ sampled }: ReturnType<typeof diffRuns>) =>
  sampled.find(({ figure }) => figure === 'received_pps');

test('a build that is slower by a fifth is worse, and one that is faster is better', () => {
  const slower = diffRuns(bench(8, 100_000, 'a'), bench(8, 80_000, 'b'), 0.05);
  assert.ok(isRegression(slower));
  const found = received(slower);
  assert.is(found?.result, 'worse');
  assert.ok((found?.p ?? 1) < 0.001 && Math.abs((found?.ratio ?? 0) - 0.8) < 0.02);
  assert.ok((found?.ratioLow ?? 0) <= (found?.ratio ?? 0) && (found?.ratioHigh ?? 0) >= (found?.ratio ?? 0));
  assert.is(found?.superiority, 0);
  const faster = diffRuns(bench(8, 80_000, 'b'), bench(8, 100_000, 'a'), 0.05);
  assert.is(received(faster)?.result, 'better');
  assert.not.ok(isRegression(faster));
});

test('a change below the threshold is the same, however sure it is', () => {
  assert.is(received(diffRuns(bench(20, 100_000, 'a'), bench(20, 97_000, 'b'), 0.05))?.result, 'same');
  assert.is(received(diffRuns(bench(20, 100_000, 'a'), bench(20, 97_000, 'b'), 0.01))?.result, 'worse');
});

test('fewer than eight runs are not judged', () => {
  const difference = diffRuns(bench(8, 100_000, 'a'), bench(7, 50_000, 'b'), 0.05);
  assert.is(received(difference)?.result, 'not judged');
  assert.not.ok(isRegression(difference));
  assert.match(
    diffLines(difference, 0.05).join('\n'),
    /not judged: \d+ benchmark figures? of fewer than 8 runs a side; say bench --runs 8/,
  );
});

test('a thousand pairs of one build raise no alarm', () => {
  for (let k = 0; k < 1000; k += 1) {
    const difference = diffRuns(bench(8, 100_000, `before ${k}`), bench(8, 100_000, `after ${k}`), 0);
    assert.not.ok(isRegression(difference), `pair ${k}`);
  }
});

test('every figure is in each format, and a hostile name stays text', () => {
  const difference = diffRuns(hostileModel(), modelOf(csv('comparison', [lost(1, 5)])), 0.05);
  const names = { before: HOSTILE.join(' '), after: 'b' };
  const asCsv = DIFF_FORMATS.csv(difference);
  assert.is(asCsv.trimEnd().split('\n').length, 1 + difference.exact.length + difference.sampled.length);
  assert.not.ok(isHostile(asCsv));
  assert.not.match(asCsv, /^=|,=|"=/m);
  const page = DIFF_FORMATS.html(difference, names);
  assert.not.ok(isHostile(page) || page.includes('<script>'));
  assert.is(page.match(/<tr>/g)?.length, 1 + difference.exact.length + difference.sampled.length);
  const markdown = DIFF_FORMATS.md(difference, names);
  assert.not.ok(isHostile(markdown) || markdown.includes('<script>'));
  assert.not.ok(isHostile(diffLines(difference, 0.05).join('')));
});

test.run();
