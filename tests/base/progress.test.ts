import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Paced, UNREAD, addCounts, during } from '../../src/base/progress.ts';
import type { Progress } from '../../src/base/progress.ts';

const test = suite('steps of work');

test('a step ends with its work, also when that fails', async () => {
  const told: string[] = [];
  const progress: Progress = {
    begin: (doing) => {
      told.push(`+${doing}`);
      return () => told.push(`-${doing}`);
    },
  };
  const result = await during(progress, 'outer', UNREAD, () =>
    during(progress, 'inner', UNREAD, async () => 7),
  );
  await during(progress, 'failing', UNREAD, () => Promise.reject(new Error('no'))).catch(() => undefined);
  assert.is(result, 7);
  assert.equal(told, ['+outer', '+inner', '-inner', '-outer', '+failing', '-failing']);
});

test('work in one piece is counted in datagrams of which all is done, and draws breath now and then', () => {
  let breaths = 0;
  const pace = new Paced(30, { begin: () => () => undefined, breathe: () => (breaths += 1) });
  const done = (): number => pace.look().done;
  assert.equal(pace.look(), { done: 0, of: 30, unit: 'datagrams', counts: {} });
  pace.begin(10, 4);
  for (let k = 0; k < 7; k += 1) pace.tick();
  assert.is(done(), 1);
  // Touched more often than it was thought: no part counts for more than it is.
  for (let k = 0; k < 100; k += 1) pace.tick();
  assert.is(done(), 10);
  pace.begin(20, 2);
  assert.is(done(), 10);
  for (let k = 0; k < 39; k += 1) pace.tick();
  assert.is(done(), 29);
  assert.is(breaths, 0);
  for (let k = 0; k < 200_000; k += 1) pace.tick();
  assert.is(done(), 30);
  assert.is(breaths, 3);
});

test('the same counts of several are added', () => {
  assert.equal(addCounts([{ lost: 1, twice: 2 }, {}, { lost: 3, late: 4 }]), { lost: 4, twice: 2, late: 4 });
  assert.equal(addCounts([]), {});
});

test.run();
