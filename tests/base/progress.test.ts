import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNREAD, addCounts, during } from '../../src/base/progress.ts';
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

test('the same counts of several are added', () => {
  assert.equal(addCounts([{ lost: 1, twice: 2 }, {}, { lost: 3, late: 4 }]), { lost: 4, twice: 2, late: 4 });
  assert.equal(addCounts([]), {});
});

test.run();
