/** Flows at one link with numbers that come late, many of them due at the same instant: all is as expected, order and times, too. */
import seedrandom from 'seedrandom';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Knobs } from '../../../../harness/impairment/knobs.ts';
import { countFaults } from '../faults.ts';
import { Passage } from './passage.ts';
import type { Upward } from './passage.ts';

const test = suite('late numbers at a shared link');

const LINK: Knobs = { rate: '1mbit', queue: '6', shared: true };
const KNOBS: Readonly<Record<string, Knobs>> = {
  'jitter in order': { ...LINK, delay: '5ms', jitter: '4ms', keepOrder: true },
  'a delay, holds and copies': { ...LINK, delay: '5ms', keepOrder: true, reorder: '10%', duplicate: '5%' },
  'jitter out of order': { ...LINK, delay: '5ms', jitter: '4ms', reorder: '10%' },
};

/** Of three clients, with gaps and late ones, several at an instant. */
function datagrams(seed: string): Upward[] {
  const draw = seedrandom.alea(seed);
  const next = [1, 1, 1];
  return Array.from({ length: 200 }, () => {
    const client = Math.floor(draw() * next.length);
    const own = next[client] as number;
    const dice = draw();
    const number = dice < 0.05 ? own + 3 : dice < 0.15 ? Math.max(1, own - 5) : own;
    next[client] = Math.max(own, number + 1);
    return {
      number,
      client,
      sizeBytes: 50 + Math.floor(draw() * 100),
      afterNs: Math.floor(draw() * 3) * 5e5,
    };
  });
}

for (const [name, knobs] of Object.entries(KNOBS)) {
  test(`${name}: nothing differs`, () => {
    for (const seed of ['1', '2', '3', '4', '5', '6']) {
      const run = () => new Passage('field:u32be@0=1', knobs, { seed }).feed(datagrams(seed)).end();
      const judgement = run();
      assert.equal(
        judgement.comparison
          .filter(({ verdict }) => verdict !== 'match' && verdict !== 'within')
          .map(({ flow, metric, expected, measured }) => `${flow} ${metric}: ${expected}/${measured}`),
        [],
        seed,
      );
      assert.is(countFaults(judgement.comparison, judgement.ledger), 0);
      assert.is(judgement.comparison.length > 50, true);
      assert.equal(run(), judgement, 'the same twice');
    }
  });
}

test.run();
