import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { ProgressText, formatTime, layOutProgress } from '../../src/display/progressText.ts';
import type { Step } from '../../src/display/progressText.ts';
import type { Reading } from '../../src/base/progress.ts';
import { displayWidth } from '../../src/base/printable.ts';
import { hostileText, unsafeCharacter, withoutStyles } from './hostile.ts';

const test = suite('progress as text');

const reading = (done: number, of: number | null, counts: Record<string, number> = {}): Reading => ({
  done,
  of,
  unit: 'datagrams',
  counts,
});

const step = (doing: string, read: Reading | null, sinceMs = 0): Step => ({ doing, sinceMs, reading: read });

/** The line after readings at these times. */
function after(...looks: readonly (readonly [atMs: number, steps: readonly Step[]])[]): string {
  const text = new ProgressText();
  let line = '';
  for (const [atMs, steps] of looks)
    line = text
      .words(atMs, steps)
      .map((word) => word.text)
      .join(' ');
  return line;
}

test('what it does, how far it is, rate and counts, and the time left', () => {
  assert.is(
    after(
      [1000, [step('streaming', reading(100, 1000))]],
      [3000, [step('streaming', reading(300, 1000, { clients: 3, lost: 4 }))]],
    ),
    'streaming: 30 %, 300 of 1000 datagrams, 100/s, clients 3, lost 4, 7 s left',
  );
});

test('without an end it says how long it has lasted; without figures nothing else', () => {
  assert.is(
    after([0, [step('forwarding', reading(0, null))]], [4000, [step('forwarding', reading(2, null))]]),
    'forwarding: 2 datagrams, 0.5/s, 4 s',
  );
  assert.is(after([2500, [step('starting', null)]]), 'starting: 3 s');
  assert.is(after([0, []]), '');
});

test('steps within steps are named from the outermost on, and only the innermost counts', () => {
  assert.is(
    after([
      1000,
      [step('3/5, replay', null), step('control run', null, 500), step('streaming', reading(5, 10), 900)],
    ]),
    '3/5, replay, control run, streaming: 50 %, 5 of 10 datagrams, 1 s',
  );
});

test('a rate is of the last five seconds, and begins anew with every step', () => {
  const at = (ms: number, done: number): [number, Step[]] => [ms, [step('streaming', reading(done, null))]];
  // 1000/s for ten seconds, then nothing.
  const slow = Array.from({ length: 11 }, (_, k) => at(k * 1000, k * 1000));
  assert.is(after(...slow, at(15_000, 10_000)), 'streaming: 10000 datagrams, 0/s, 15 s');
  assert.is(
    after(...slow, [11_000, [step('streaming', reading(1, null), 10_500)]]),
    'streaming: 1 datagrams, 1 s',
  );
});

test('bytes are shown in the unit of the whole', () => {
  const bytes = (done: number, of: number | null): Step =>
    step('reading a.pcap', { ...reading(done, of), unit: 'bytes' });
  assert.is(
    after([0, [bytes(0, 790e6)]], [1000, [bytes(79.04e6, 790e6)]]),
    'reading a.pcap: 10 %, 79.0 of 790.0 MB, 79.0 MB/s, 9 s left',
  );
  assert.is(after([1000, [bytes(12, null)]]), 'reading a.pcap: 12 bytes, 1 s');
});

test('more than there was to do is all of it, and nothing to do is no share', () => {
  assert.is(after([0, [step('streaming', reading(12, 10))]]), 'streaming: 100 %, 12 of 10 datagrams, 0 s');
  assert.is(after([0, [step('streaming', reading(0, 0))]]), 'streaming: 0 of 0 datagrams, 0 s');
});

test('times', () => {
  assert.equal([0, 1, 59_001, 60_000, 200_000, 3_599_000, 3_600_000, 7_500_000].map(formatTime), [
    '0 s',
    '1 s',
    '1 min 0 s',
    '1 min 0 s',
    '3 min 20 s',
    '59 min 59 s',
    '1 h 0 min',
    '2 h 5 min',
  ]);
});

const words = () => {
  const text = new ProgressText();
  text.words(1000, [step('3/5, replay', null), step('streaming', reading(100, 1000))]);
  return text.words(3000, [
    step('3/5, replay', null),
    step('streaming', reading(300, 1000, { clients: 3, lost: 4, duplicates: 0, reordered: 12 })),
  ]);
};

test('at 120, 80 and 40 columns it is broken between its parts', () => {
  assert.equal(layOutProgress(words(), 119, false), [
    '3/5, replay, streaming: 30 %, 300 of 1000 datagrams, 100/s, clients 3, lost 4, duplicates 0, reordered 12, 7 s left',
  ]);
  assert.equal(layOutProgress(words(), 79, false), [
    '3/5, replay, streaming: 30 %, 300 of 1000 datagrams, 100/s, clients 3, lost 4,',
    'duplicates 0, reordered 12, 7 s left',
  ]);
  assert.equal(layOutProgress(words(), 39, false), [
    '3/5, replay, streaming: 30 %,',
    '300 of 1000 datagrams, 100/s,',
    'clients 3, lost 4, duplicates 0,',
    'reordered 12, 7 s left',
  ]);
});

test('what was lost is red', () => {
  assert.ok(layOutProgress(words(), 200, true)[0]?.includes('\u001B[31mlost 4,\u001B[0m'));
});

test('no line is wider than the terminal, and no name of a file reaches it as a command', () => {
  fc.assert(
    fc.property(hostileText, fc.integer({ min: 1, max: 100 }), (name, columns) => {
      const lines = layOutProgress(new ProgressText().words(1, [step(name, reading(1, 2))]), columns, true);
      for (const line of lines) {
        assert.is(unsafeCharacter(withoutStyles(line)), null);
        assert.ok(displayWidth(withoutStyles(line)) <= Math.max(2, columns), line);
      }
    }),
    { seed: 31, numRuns: 300 },
  );
});

test.run();
