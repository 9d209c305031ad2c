/** The limit of bytes: literal cases, fates, the expected side, and a replay from one end to the other. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EnteredSizes } from '../../../../harness/expected/sizeCauses.ts';
import { DROP_CAUSES, causeCode } from '../../../../harness/impairment/causes.ts';
import { NO_IMPAIRMENT, controlConfig } from '../../../../harness/impairment/config.ts';
import { formatKnobs, readKnobs } from '../../../../harness/impairment/knobs.ts';
import type { Knobs } from '../../../../harness/impairment/knobs.ts';
import { SizeCauses } from '../../../../harness/impairment/stages/dropAfter.ts';
import { refusal } from '../../../refusals.ts';
import { Passage } from '../../judge/proxied/passage.ts';

const test = suite('the limit of bytes');

interface Came {
  readonly sizeBytes: number;
  readonly cause?: string;
  readonly knobs?: Knobs;
}

/** The causes of datagrams 1, 2, …, by the proxy and by the expected side, which must agree. */
function causesOf(knobs: Knobs, came: readonly Came[]): string[] {
  const sizes = new SizeCauses();
  const entered = new EnteredSizes();
  return came.map(({ sizeBytes, cause = 'none', knobs: own = knobs }, k) => {
    const config = readKnobs(own);
    const code = causeCode(cause as 'none');
    const decided = sizes.next(code, config, k + 1, sizeBytes);
    const expected = entered.causeOf(code, config, k + 1, sizeBytes);
    // Whatever a spared one's fate says, the schedule has none for it.
    assert.is(expected, decided, `datagram ${k + 1}`);
    return DROP_CAUSES[decided] as string;
  });
}

test('so many bytes pass, and from the one that goes beyond nothing does, however small', () => {
  const sizes = [400, 400, 200, 0, 1, 0, 300].map((sizeBytes) => ({ sizeBytes }));
  assert.equal(causesOf({ dropAfter: '1000B' }, sizes), [
    'none',
    'none',
    'none',
    'none',
    'limit',
    'limit',
    'limit',
  ]);
  assert.equal(causesOf({ dropAfter: '0B' }, [{ sizeBytes: 0 }, { sizeBytes: 1 }]), ['none', 'limit']);
});

test('what is lost for another reason has come, too, and the first cause is named', () => {
  assert.equal(
    causesOf({ dropAfter: '1kB', mtu: '900' }, [
      { sizeBytes: 500, cause: 'burst' },
      { sizeBytes: 950 },
      { sizeBytes: 100, cause: 'outage' },
      { sizeBytes: 100, cause: 'independent' },
      { sizeBytes: 950 },
      { sizeBytes: 100 },
    ]),
    ['burst', 'mtu', 'outage', 'limit', 'mtu', 'limit'],
  );
});

test('what is spared passes, and its bytes count', () => {
  assert.equal(
    causesOf({ dropAfter: '1kB', spare: '2' }, [{ sizeBytes: 900 }, { sizeBytes: 900 }, { sizeBytes: 1 }]),
    ['none', 'none', 'limit'],
  );
});

test('the count begins anew where the limit changes', () => {
  const [one, two] = [{ dropAfter: '1kB' }, { dropAfter: '600B' }];
  assert.equal(
    causesOf({}, [
      { sizeBytes: 900, knobs: one },
      { sizeBytes: 900, knobs: one },
      { sizeBytes: 600, knobs: two },
      { sizeBytes: 1, knobs: two },
      { sizeBytes: 900, knobs: {} },
      { sizeBytes: 900, knobs: one },
    ]),
    ['none', 'limit', 'none', 'limit', 'none', 'none'],
  );
});

test('a stream through a proxy: repeats and late ones count as they come, and the fate file says so', () => {
  const run = () => {
    const passage = new Passage('field:u32be@0=1', { dropAfter: '100B', reorder: '20%' }, { seed: '3' });
    // 30 bytes each: the fourth to come goes beyond, whatever its number.
    const numbers = [1, 2, 2, 5, 3, 6, 4];
    passage.feed(numbers.map((number) => ({ number, sizeBytes: 30, afterNs: 1e6 })));
    const { ledger, comparison } = passage.end();
    return { ledger, comparison, fates: passage.fates() };
  };
  const { ledger, comparison, fates } = run();
  assert.equal(
    ledger.map(({ sent, dropped, unexplained }) => [sent, dropped, unexplained]),
    [[7, 4, 0]],
  );
  assert.ok(comparison.every(({ verdict }) => verdict !== 'mismatch'));
  assert.equal(
    fates
      .map(
        (line) =>
          JSON.parse(line) as { direction: string; index: number; repeat?: number; drop: string | null },
      )
      .filter(({ direction }) => direction === 'up')
      .map(({ index, repeat = 1, drop }) => `${index}/${repeat} ${drop}`),
    ['1/1 null', '2/1 null', '2/2 null', '3/1 limit', '4/1 limit', '5/1 limit', '6/1 limit'],
  );
  assert.equal(run(), { ledger, comparison, fates }, 'the same twice');
});

test('it is read, written back, refused where it is none, and leaves control datagrams alone', () => {
  const config = readKnobs({ dropAfter: '64kB' });
  assert.is(config.dropAfterBytes, 64_000);
  assert.is(formatKnobs(config), '--drop-after 64000B');
  assert.equal(readKnobs({ dropAfter: '64000B' }), config);
  assert.is(controlConfig(config).dropAfterBytes, null);
  assert.throws(() => readKnobs({ dropAfter: '64' }), refusal('value-format', '--drop-after'));
  assert.throws(() => readKnobs({ dropAfter: '5000TiB' }), refusal('value-range', '--drop-after'));
  assert.throws(
    () => formatKnobs({ ...NO_IMPAIRMENT, dropAfterBytes: 1.5 }),
    refusal('value-range', '--drop-after'),
  );
});

test.run();
