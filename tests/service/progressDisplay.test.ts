import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_PROGRESS, during } from '../../src/base/progress.ts';
import type { Progress, Reading } from '../../src/base/progress.ts';
import { print } from '../../src/files/terminal.ts';
import { showingProgress } from '../../src/service/progressDisplay.ts';
import { startTimer } from '../../src/net/timer.ts';
import { FakeTerminal } from '../fakeTerminal.ts';

const test = suite('progress is shown');

/** How long something may take on a busy machine. */
const PATIENCE_MS = 30_000;

const at = (done: number): Reading => ({ done, of: 10, unit: 'datagrams', counts: {} });

/** Resolves when this holds; looks again and again. */
async function until(holds: () => boolean): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error('did not happen');
    await new Promise<void>((resolve) => void startTimer(resolve, 10));
  }
}

test('into a pipe a line each time, if asked to', async () => {
  const said: string[] = [];
  const result = await showingProgress(
    { every: 20e6, quiet: false, say: (line) => said.push(line) },
    (progress) =>
      during(
        progress,
        'streaming',
        () => at(said.length),
        async () => {
          await until(() => said.length >= 2);
          return 7;
        },
      ),
  );
  assert.is(result, 7);
  assert.match(said[0] as string, /^streaming: 0 %, 0 of 10 datagrams, \d+ s$/);
  assert.match(said[1] as string, /^streaming: 10 %, 1 of 10 datagrams, \d+ s$/);
  const after = said.length;
  await new Promise<void>((resolve) => void startTimer(resolve, 60));
  assert.is(said.length, after, 'nothing is said after the end');
});

test('nothing is looked at where nobody looks: into a pipe without a time, and with --quiet', async () => {
  const handed: Progress[] = [];
  const keep = async (progress: Progress): Promise<void> => void handed.push(progress);
  await showingProgress({ quiet: false }, keep);
  await showingProgress({ quiet: true, every: 20e6 }, keep);
  await showingProgress({ quiet: false, ownsTerminal: false }, keep);
  assert.equal(handed, [NO_PROGRESS, NO_PROGRESS, NO_PROGRESS]);
});

test('on a terminal in place, below what is printed, and gone at the end', async () => {
  const terminal = new FakeTerminal(40);
  try {
    await showingProgress({ every: 20e6, quiet: false }, (progress) =>
      during(
        progress,
        'streaming',
        () => at(5),
        async () => {
          await until(() => terminal.screen().length > 0);
          print('a line of the work');
          assert.match(terminal.screen().join('\n'), /^a line of the work\nstreaming: 50 %,/);
        },
      ),
    );
    assert.equal(terminal.screen(), ['a line of the work']);
  } finally {
    terminal.remove();
  }
});

test('work that leaves timers no time is drawn when it draws breath, as often as by the timer', async () => {
  const said: string[] = [];
  let steps = 0;
  await showingProgress({ every: 20e6, quiet: false, say: (line) => said.push(line) }, (progress) =>
    during(
      progress,
      'comparing',
      () => at(steps),
      async () => {
        const endMs = performance.now() + PATIENCE_MS;
        while (said.length < 3 && performance.now() < endMs) {
          steps = Math.min(10, steps + 1);
          progress.breathe?.();
        }
      },
    ),
  );
  assert.is(said.length, 3);
  assert.match(said[0] as string, /^comparing: 100 %, 10 of 10 datagrams, /);
});

test('between steps it says that it works, once that takes long; unless the terminal may be used by another', async () => {
  const said: string[] = [];
  const work = (): Promise<void> => until(() => said.length > 0);
  await showingProgress({ every: 20e6, quiet: false, say: (line) => said.push(line) }, work);
  assert.match(said[0] as string, /^working: \d+ s$/);
  const unsaid: string[] = [];
  const short = (): Promise<void> => new Promise((resolve) => void startTimer(resolve, 1200));
  await showingProgress(
    { every: 20e6, quiet: false, say: (line) => unsaid.push(line), between: null },
    short,
  );
  assert.equal(unsaid, []);
});

test('the end of work that fails clears it, too', async () => {
  const terminal = new FakeTerminal(80);
  try {
    const work = showingProgress({ every: 20e6, quiet: false }, async (progress) => {
      progress.begin('streaming', () => at(5));
      await until(() => terminal.screen().length > 0);
      throw new Error('no');
    });
    await work.catch(() => undefined);
    assert.equal(terminal.screen(), []);
  } finally {
    terminal.remove();
  }
});

test.run();
