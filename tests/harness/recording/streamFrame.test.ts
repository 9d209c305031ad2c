import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { RecordingHeader } from '../../../harness/recording/format.ts';
import { FrameBatch } from '../../../harness/recording/frameBatch.ts';
import type { Frame } from '../../../harness/recording/frameBatch.ts';
import { streamFrameProblem } from '../../../harness/recording/streamFrame.ts';
import { TINY_HEADER } from './tiny.ts';

const test = suite('what a replay takes for a frame of a stream');

const golden = join(import.meta.dirname, '../../../recordings/match-7-check.jsonl');
/** The first datagram of a golden recording, check included. */
const CHECKED = (JSON.parse(readFileSync(golden, 'utf8').split('\n')[1] as string) as { d: string }).d;
/** The same without its check. */
const PLAIN = CHECKED.replace(',"check":"25bc8dcc"', '');

function problem(
  payload: string,
  {
    frame = {},
    header = {},
    whole = false,
  }: {
    frame?: Partial<Omit<Frame, 'payload'>>;
    header?: Partial<RecordingHeader>;
    whole?: boolean;
  } = {},
): string | undefined {
  const batch = new FrameBatch(1, 4096);
  const { n = 1, timeNs = (n - 1) * 1000, flow = 1, direction = 'down' } = frame;
  batch.commit(n, timeNs, batch.bytes.write(payload), flow, direction, '');
  return streamFrameProblem({ ...TINY_HEADER, ...header }, batch, 0, n, whole);
}

test('the next message, when it is due, is one', () => {
  assert.is(problem(PLAIN), undefined);
  assert.is(problem(PLAIN, { whole: true }), undefined);
  assert.is(problem(`${PLAIN}   `, { whole: true }), undefined);
  assert.is(problem(PLAIN.replace('"count":1,', '"count":7,'), { frame: { n: 7 } }), undefined);
  assert.is(problem(CHECKED, { header: { check: true } }), undefined);
  assert.is(problem(CHECKED, { header: { check: false } }), undefined);
});

test('what is no message, or another one, is none', () => {
  assert.is(problem('hello'), 'expected a message of the stream with count 1, got hello');
  assert.is(problem(''), 'expected a message of the stream with count 1, got an empty line');
  assert.is(problem(PLAIN, { frame: { n: 2 } }), 'expected count 2, as its place in the stream, got count 1');
});

test('where the header says that there is a check, it must hold', () => {
  const header = { check: true };
  assert.is(problem(PLAIN, { header }), 'expected a valid check, as the header says, got none');
  assert.is(
    problem(CHECKED.replace('Caju', 'Kaju'), { header }),
    'expected a valid check, as the header says, got a check that does not fit the datagram',
  );
});

test('where the header has an interval, the time must follow from it', () => {
  assert.is(
    problem(PLAIN, { frame: { timeNs: 1 } }),
    'expected "t" of 0, by the header\'s interval of 1000, got 1',
  );
  const third = PLAIN.replace('"count":1,', '"count":3,');
  assert.is(problem(third, { frame: { n: 3, timeNs: 2000 } }), undefined);
  assert.is(
    problem(third, { frame: { n: 3, timeNs: 1999 } }),
    'expected "t" of 2000, by the header\'s interval of 1000, got 1999',
  );
  assert.is(
    problem(third, { frame: { n: 3, timeNs: 5 }, header: { intervalNs: 0 } }),
    'expected "t" of 0, by the header\'s interval of 0, got 5',
  );
  assert.is(problem(third, { frame: { n: 3, timeNs: 5 }, header: { intervalNs: null } }), undefined);
});

test('the rest of a message is read only when that is asked for', () => {
  const half = PLAIN.slice(0, -1);
  assert.is(problem(half), undefined);
  assert.is(
    problem(half, { whole: true }),
    'expected a message of the stream, got one that cannot be read (not JSON)',
  );
});

test.run();
