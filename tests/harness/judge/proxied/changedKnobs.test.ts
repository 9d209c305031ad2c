/** A proxy whose settings change under load, with every kind of hold, limit and link: expected from the lists, measured at the exit. */
import seedrandom from 'seedrandom';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Judgement } from '../../../../harness/judge/judge.ts';
import type { Knobs } from '../../../../harness/impairment/stages/stage.ts';
import { Passage } from './passage.ts';
import type { Upward } from './passage.ts';

const test = suite('what a changed proxy does');

const judged = ({ comparison }: Judgement): string[] =>
  comparison.flatMap(({ metric, verdict, expected, measured }) =>
    verdict === 'match' || verdict === 'within' ? [] : [`${metric}: ${verdict}, ${expected}/${measured}`],
  );

const HOLDS: readonly Knobs[] = [
  {},
  { jump: '5%', jumpDistance: '1..6' },
  { reorder: '10%' },
  { jump: '9%', jumpDistance: '2', drop: '5%' },
];
const LIMITS: readonly Knobs[] = [{}, { dropAfter: '3kB' }, { dropAfter: '9kB', mtu: '90' }, {}];
const LINKS: readonly Knobs[] = [
  {},
  { rate: '400kbit', queue: '300B' },
  { rate: '500kbit', queue: '6ms' },
  { rateTrace: 'a\n2\n9\n9\n30', queue: '8' },
  { rateTrace: 'b\n5', queue: '700B' },
  { rate: '450kbit', queue: '4' },
];

/** Numbers with holes, repeats and late ones, at about one a millisecond. */
function roughly(draw: () => number, from: number, count: number): Upward[] {
  const numbers = Array.from({ length: count }, (_, k) => from + k).filter(() => draw() >= 0.04);
  for (let k = 3; k < numbers.length; k += 1)
    if (draw() < 0.04) numbers.splice(k - Math.floor(draw() * 3), 0, ...numbers.splice(k, 1));
  for (let k = 3; k < numbers.length; k += 1)
    if (draw() < 0.04) numbers.splice(k, 0, numbers[k - 2] as number);
  return numbers.map((number) => ({
    number,
    sizeBytes: 8 + Math.floor(draw() * 90),
    afterNs: Math.ceil(draw() * 2e6),
  }));
}

for (const seed of ['1', '2', '3', '4', '5', '6']) {
  test(`ten changes among them, seed ${seed}: every count is as expected, the same twice`, () => {
    const run = () => {
      const draw = seedrandom(seed);
      const pick = (some: readonly Knobs[]): Knobs => some[Math.floor(draw() * some.length)] as Knobs;
      const passage = new Passage('field:u32be@0=1', { ...pick(HOLDS), ...pick(LINKS) }, { seed });
      let from = 1;
      for (let change = 0; change < 10; change += 1) {
        passage.feed(roughly(draw, from, 40));
        passage.change({ ...pick(HOLDS), ...pick(LIMITS), ...pick(LINKS) });
        from += 40;
      }
      passage.feed(roughly(draw, from, 60));
      return { judgement: passage.end(), fates: passage.fates() };
    };
    const { judgement, fates } = run();
    assert.equal(judged(judgement), []);
    assert.equal(
      judgement.ledger.map(({ unexplained }) => unexplained),
      [0],
    );
    assert.equal(run(), { judgement, fates });
  });
}

test.run();
