/** Lines of a journal in words, once each, and what the page keeps of them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { EpochEvent, LiveState } from '../../../../harness/control/liveState.ts';
import { NO_FEED, own, withEpoch, withState } from '../../../../harness/page/live/feed.ts';
import { entryOf, knobsText, withLine } from '../../../../harness/page/live/journal.ts';

const test = suite('the journal on the live page');

const CASES: readonly (readonly [EpochEvent, string])[] = [
  [
    { proxy: 'one', version: 1, seed: '7', protocol: 'any', down: { drop: '5%' }, up: {} },
    'began with down: --drop 5%; up: none',
  ],
  [
    { proxy: 'one', epoch: 2, atUs: 1e6, down: { delay: '20ms', keepOrder: true } },
    'down: --delay 20ms --keep-order',
  ],
  [
    {
      proxy: 'one',
      epoch: 3,
      atUs: 2e6,
      shares: [{ name: 'half', direction: 'down', toxicity: 0.5, knobs: { delay: '1s' } }],
      firstIndices: [[1, 'down', 1, 44]],
    },
    'toxics: half (down for 0.5 of the flows): --delay 1s',
  ],
  [{ proxy: 'one', epoch: 4, atUs: 3e6, shares: [] }, 'no toxics'],
  [{ proxy: 'one', leftOut: 70 }, '70 earlier lines stand in the journal only'],
  [
    { proxy: 'one', flow: 5, direction: 'up', stream: 1, epoch: 3, atUs: 4e6 },
    'flow 5 up begins under change 3',
  ],
  [{ proxy: 'one', action: 'rebind', flow: 1, atUs: 5e6, up: 17, down: 9 }, 'rebind: flow 1, up 17, down 9'],
];

for (const [line, text] of CASES)
  test(`${JSON.stringify(line)} in words`, () => assert.is(entryOf(line).text, text));

test('knobs are shown as on the command line', () => {
  assert.is(
    knobsText({ dropMaxRun: '3', keepOrder: true, shared: false, rate: undefined }),
    '--drop-max-run 3 --keep-order',
  );
  assert.is(knobsText({ rateTrace: 'lte.down\n1\n2' }), '--rate-trace lte.down');
  assert.is(knobsText({}), 'none');
  assert.is(knobsText(null), 'none');
});

test('a line that comes again after a new connection stands there once, and the oldest go first', () => {
  const line = { proxy: 'one', epoch: 2, atUs: 1e6, down: {} };
  const once = withLine(withLine([], line), { ...line });
  assert.is(once.length, 1);
  const many = Array.from({ length: 250 }, (_, k) => ({ ...line, epoch: k + 2 })).reduce(withLine, once);
  assert.equal([many.length, many[0]?.epoch, many.at(-1)?.epoch], [200, 52, 251]);
});

const state = (atUs: number, names: readonly string[] = []): LiveState => ({
  v: 1,
  atUs,
  program: 'control',
  isReadOnly: false,
  doing: null,
  ended: null,
  match: null,
  proxies: names.map((name) => ({ name }) as LiveState['proxies'][number]),
});

test('another run of the program begins anew; names that every object has are names', () => {
  const line = { proxy: 'one', epoch: 2, atUs: 1e6 };
  const before = withEpoch(withState(NO_FEED, state(5e6), 10_000), line);
  assert.equal([before.journal.length, before.startMs], [1, 5000]);
  assert.is(withState(before, state(6e6), 11_000).journal.length, 1);
  assert.is(withState(before, state(1e6), 12_000).journal.length, 0);
  assert.equal(own(before.histories, 'constructor'), []);
  assert.equal(own(before.histories, '__proto__'), []);
});

test.run();
