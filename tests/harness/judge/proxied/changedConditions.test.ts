/** A proxy whose conditions change again and again, over a rough way: the report judges it like any other. */
import seedrandom from 'seedrandom';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Knobs } from '../../../../harness/impairment/knobs.ts';
import { countFaults } from '../faults.ts';
import { Passage } from './passage.ts';
import type { Upward } from './passage.ts';

const test = suite('the comparison of a proxy that changes');

const KNOBS: readonly Knobs[] = [
  {},
  { drop: '5%', duplicate: '10%', reorder: '10%' },
  { dropBurst: '3%,30%', reorder: '20%', reorderDistance: '1..20' },
  { dropExact: '10%/20', corrupt: '10%' },
  { drop: '30%', dropMaxRun: '1', mtu: '90' },
  { jump: '4%', jumpDistance: '1..12', duplicate: '5%' },
  { delay: '10ms', jitter: '8ms', drop: '3%', reorder: '5%' },
  { delay: '20ms', jitter: '8ms', keepOrder: true, duplicate: '5%' },
  { rate: '400kbit', queue: '5', duplicate: '10%', reorder: '5%' },
  { rate: '900kbit', queue: '300B', delay: '5ms', jitter: '5ms' },
  { rate: '200kbit', queue: '6ms' },
  { rateTrace: 'a trace\n2\n9\n9\n40', queue: '8' },
  { dropAfter: '5kB', delay: '1ms' },
];

interface Step {
  readonly datagram: Upward;
  /** Changed to before it comes; undefined for nothing. */
  readonly knobs: Knobs | undefined;
}

/** Gaps, repeats, some late, of several sizes, with pauses; a change for each 30 datagrams or so. */
function steps(seed: string, clients: number): Step[] {
  const draw = seedrandom.alea(seed);
  const next = Array.from({ length: clients }, () => 1);
  return Array.from({ length: 900 }, () => {
    const client = Math.floor(draw() * clients);
    const own = next[client] as number;
    const dice = draw();
    const number = dice < 0.05 ? own + 3 : dice < 0.1 ? Math.max(1, own - 5) : own;
    next[client] = Math.max(own, number + 1);
    const datagram = {
      number,
      client,
      sizeBytes: 8 + Math.floor(draw() * 100),
      afterNs: draw() < 0.01 ? 3e9 : Math.ceil(draw() * 2e6),
    };
    const [isChange, which] = [draw() < 0.03, Math.floor(draw() * KNOBS.length)];
    return { datagram, knobs: isChange ? KNOBS[which] : undefined };
  });
}

for (const seed of ['1', '2', '3', '4', '5', '6', '7', '8']) {
  test(`whatever changes when, everything is as expected: seed ${seed}`, () => {
    const run = () => {
      const passage = new Passage('field:u32be@0=1', KNOBS[1] as Knobs, { seed });
      for (const { datagram, knobs } of steps(seed, 2)) {
        if (knobs !== undefined) passage.change(knobs);
        passage.feed([datagram]);
      }
      return passage.end();
    };
    const judgement = run();
    const wrong = judgement.comparison.filter(({ verdict }) => verdict !== 'match' && verdict !== 'within');
    assert.equal(
      wrong.map(
        ({ flow, metric, verdict, expected, measured }) =>
          `${flow} ${metric}: ${verdict}, ${expected}/${measured}`,
      ),
      [],
    );
    assert.is(judgement.comparison.length > 50, true);
    assert.is(countFaults(judgement.comparison, judgement.ledger), 0);
    assert.equal(run(), judgement, 'the same twice');
  });
}

for (const seed of ['1', '2', '3', '4']) {
  test(`flows at one link go through phases, and the link changes for all: seed ${seed}`, () => {
    const link = { rate: '600kbit', queue: '6', shared: true };
    const phases = [
      { atNs: 0.1e9, up: { ...link, rate: '200kbit', reorder: '10%' } },
      { atNs: 0.3e9, up: { ...link, delay: '9ms', jitter: '9ms', drop: '5%' } },
      { atNs: 0.5e9, up: { outage: '600ms..700ms', shared: true, duplicate: '5%' } },
      { atNs: 0.8e9, up: { rate: '1mbit', queue: '500B', shared: true } },
    ];
    const judgement = new Passage('field:u32be@0=1', link, { seed, phases })
      .feed(
        steps(seed, 3).map(({ datagram }) => ({
          ...datagram,
          afterNs: Math.min(datagram.afterNs ?? 0, 2e6),
        })),
      )
      .end();
    assert.equal(
      judgement.comparison
        .filter(({ verdict }) => verdict !== 'match' && verdict !== 'within')
        .map(
          ({ flow, metric, verdict, expected, measured }) =>
            `${flow} ${metric}: ${verdict}, ${expected}/${measured}`,
        ),
      [],
    );
    assert.is(countFaults(judgement.comparison, judgement.ledger), 0);
    assert.ok(judgement.remarks.some((remark) => remark.includes('the conditions change on the way')));
  });
}

test('a flow that opens while a shared link has no rate goes behind what it has, and through it when it has one again', () => {
  // 50 bytes take 50 ms. A1 to A3 come at 1, 2 and 3 and are sent until 51, 101, 151, whatever the rate is by then; B1, at 4, has
  // no rate and goes behind them. The link comes back for B2, at 5: from 151, until 201; A4, at 6, until 251, B3, at 7, until 301.
  const link = { rate: '8kbit', queue: '9', shared: true };
  const of = (client: number, number: number): Upward => ({ number, client, sizeBytes: 50 });
  const passage = new Passage('field:u32be@0=1', link);
  passage.feed([of(0, 1), of(0, 2), of(0, 3)]).change({ shared: true, outage: '9s..10s' });
  passage.feed([of(1, 1)]).change(link);
  const { comparison } = passage.feed([of(1, 2), of(0, 4), of(1, 3)]).end();
  assert.equal(passage.left, [1, 2, 3, 1, 2, 4, 3]);
  assert.equal(
    comparison
      .filter(({ metric }) => metric === 'delay_max_us')
      .map(({ expected, measured }) => [expected, measured]),
    [
      [245_000, 245_000],
      [294_000, 294_000],
    ],
  );
  assert.equal(
    comparison
      .filter(({ verdict }) => verdict !== 'match' && verdict !== 'within')
      .map(({ metric }) => metric),
    [],
  );
});

test('a flow that opens after a change finds the shared link changed, though no other has sent since', () => {
  const link = { rate: '1mbit', queue: '6', shared: true };
  const passage = new Passage('field:u32be@0=1', link, {});
  const burst = (client: number, count: number): Upward[] =>
    Array.from({ length: count }, (_, k) => ({
      number: k + 1,
      client,
      sizeBytes: 100,
      afterNs: k === 0 ? 1e6 : 1e4,
    }));
  passage.feed(burst(0, 20)).change({ ...link, rate: '100kbit', queue: '2' });
  const judgement = passage.feed(burst(1, 20)).end();
  assert.equal(
    judgement.comparison
      .filter(({ verdict }) => verdict !== 'match' && verdict !== 'within')
      .map(
        ({ flow, metric, verdict, expected, measured }) =>
          `${flow} ${metric}: ${verdict}, ${expected}/${measured}`,
      ),
    [],
  );
  // Three get through: one on the link, and two that wait.
  assert.equal(
    judgement.ledger.map(({ flow, delivered }) => [flow, delivered]),
    [
      [1, 7],
      [2, 3],
    ],
  );
});

test.run();
