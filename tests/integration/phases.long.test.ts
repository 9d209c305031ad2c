/** Replays with phases on real sockets, in one process and in several; and many more settings on the virtual clock. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FIRST, THREE, filesIn, folder, judgeAny, replay } from '../harness/runs/phased.ts';
import { countFaults } from '../harness/judge/faults.ts';

const test = suite('replays with phases, at length');

test('by the virtual clock', async () => {
  const judgement = await replay(FIRST, THREE, { fatesDir: join(folder, 'virtual') });
  assert.is(countFaults(judgement.comparison, judgement.ledger), 0);
});

for (const [mode, transport] of [
  ['in-process', 'node'],
  ['in-process', 'auto'],
  ['processes', 'auto'],
] as const) {
  test(`on real sockets, ${mode}, ${transport}: the same fates, byte for byte, and the same counts`, async () => {
    const fatesDir = join(folder, `${mode}-${transport}`);
    const judgement = await replay(FIRST, THREE, { clock: 'real', mode, transport, speed: 8, fatesDir });
    assert.is(countFaults(judgement.comparison, judgement.ledger), 0);
    assert.equal(filesIn(fatesDir), filesIn(join(folder, 'virtual')));
  });
}

test('any settings in any order are judged exactly', () => judgeAny(12, 12));

test.run();
