/** Protocols as they are written, and what each says of itself. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readProtocol, withProtocolUp } from '../../../harness/protocols/allProtocols.ts';
import { UsageError } from '../../../src/base/errors.ts';
import { assertRefusal } from '../../refusals.ts';

const test = suite('the list of protocols');

for (const text of ['matchstream', 'any', 'rtp', 'rtp/8000', 'field:u8@0', 'field:u32be@8=1+960']) {
  test(`${text} is read, and written back as it is`, () =>
    assert.is(readProtocol(text, '--protocol').text, text));
}

for (const [text, refused] of [
  ['matchstrem', 'unknown-choice | --protocol'],
  ['Any', 'unknown-choice | --protocol'],
  ['rpt/8000', 'unknown-choice | --protocol'],
  ['feild:u16be@2', 'unknown-choice | --protocol'],
  ['any:1', 'unknown-choice | --protocol'],
  ['quic', 'unknown-choice | --protocol'],
  ['', 'unknown-choice | --protocol'],
  ['constructor', 'unknown-choice | --protocol'],
  ['rtp/0', 'value-format | --protocol'],
  ['field:u16@2', 'value-format | --protocol'],
] as const) {
  test(`${JSON.stringify(text)} is refused with what helps`, () =>
    assertRefusal(() => readProtocol(text, '--protocol'), refused));
}

const ARRIVALS = 'without media time, order and time-based effects depend on arrival times';
const FIRST =
  'index 1 is the first datagram seen: where that one is lost or overtaken before the proxy, all fates shift';

for (const [text, notes] of [
  ['matchstream', []],
  ['any', [ARRIVALS]],
  ['rtp', [ARRIVALS, FIRST]],
  [
    'rtp/90000',
    ['outages go by the timestamp; order and other time-based effects depend on arrival times', FIRST],
  ],
  ['field:u32be@8', [ARRIVALS, `${FIRST}; field:u32be@8=FIRST says which value is the first`]],
  ['field:u32be@8+960', [ARRIVALS, `${FIRST}; field:u32be@8=FIRST+960 says which value is the first`]],
  ['field:u32be@8=1', [ARRIVALS]],
] as const) {
  test(`what a user should know of ${text}`, () => assert.equal(readProtocol(text, '').notes, [...notes]));
}

test('two protocols are one: each is asked about its own way, and a note is said once', () => {
  const both = withProtocolUp(readProtocol('rtp', ''), readProtocol('field:u8@0=1', ''));
  assert.is(both.text, 'rtp, up field:u8@0=1');
  assert.equal(both.notes, [ARRIVALS, FIRST]);
  assert.equal([both.down.hasControl, both.up.hasControl], [true, false]);
  const { down, up } = both.open(() => false);
  const bytes = Uint8Array.from([3]);
  assert.is(down.read(bytes, 0, 1), -1, 'no RTP');
  assert.is(up.read(bytes, 0, 1), 3);
});

test('a refusal is a mistake in usage', () => {
  assert.throws(
    () => readProtocol('quic', '--protocol'),
    (cause: unknown) => cause instanceof UsageError,
  );
});

test.run();
