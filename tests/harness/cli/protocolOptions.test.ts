/** Which protocol options and a scenario file come to. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { chooseProtocol, refuseOtherProtocols } from '../../../harness/cli/protocolOptions.ts';
import { readProtocol } from '../../../harness/protocols/allProtocols.ts';
import { messageOf } from '../recording/tiny.ts';

const test = suite('the protocol that options choose');

type Names = { readonly protocol?: string; readonly protocolUp?: string };

const inFile = (names: Names | null) =>
  names === null ? null : { file: 's.json', protocol: null, protocolUp: null, ...names };

const chosen = ({ protocol, protocolUp }: Names, file: Names | null = null): string =>
  chooseProtocol(
    {
      ...(protocol !== undefined && { protocol: readProtocol(protocol, '--protocol') }),
      ...(protocolUp !== undefined && { protocolUp: readProtocol(protocolUp, '--protocol-up') }),
    },
    inFile(file),
  ).text;

for (const [options, file, text] of [
  [{}, null, 'matchstream'],
  [{}, {}, 'matchstream'],
  [{ protocol: 'rtp' }, null, 'rtp'],
  [{ protocol: 'rtp', protocolUp: 'any' }, null, 'rtp, up any'],
  [{}, { protocol: 'any' }, 'any'],
  [{}, { protocol: 'any', protocolUp: 'field:u8@0' }, 'any, up field:u8@0'],
  // Flags win: what is said of both ways takes the place of both.
  [{ protocol: 'rtp' }, { protocol: 'any', protocolUp: 'field:u8@0' }, 'rtp'],
  [{ protocolUp: 'rtp' }, { protocol: 'any', protocolUp: 'field:u8@0' }, 'any, up rtp'],
] as const) {
  test(`${JSON.stringify(options)} beside ${JSON.stringify(file)}: ${text}`, () =>
    assert.is(chosen(options, file), text));
}

const TWO_WAYS = 'got matchstream, whose clients register, which takes both';

for (const [options, file, message] of [
  [
    { protocolUp: 'rtp' },
    null,
    `--protocol-up: expected any, rtp or a field for both ways, ${TWO_WAYS}; name the protocol of the way down, too, or leave it out`,
  ],
  [
    { protocol: 'rtp', protocolUp: 'matchstream' },
    null,
    `--protocol-up: expected any, rtp or a field for both ways, ${TWO_WAYS}; name another one, or leave it out`,
  ],
  [
    {},
    { protocolUp: 'rtp' },
    `s.json: protocolUp: expected any, rtp or a field for both ways, ${TWO_WAYS}; name the protocol of the way down, too, or leave it out`,
  ],
  [
    {},
    { protocol: 'quick' },
    's.json: protocol: expected matchstream, any, rtp, rtp/CLOCK or field:TYPE@OFFSET, got "quick"',
  ],
] as const) {
  test(`refused: ${JSON.stringify(options)} beside ${JSON.stringify(file)}`, async () =>
    assert.is(await messageOf(async () => chosen(options, file)), `UsageError: ${message}`));
}

test('a scenario for another protocol is none for our own streams', async () => {
  for (const names of [null, {}, { protocol: 'matchstream' }]) refuseOtherProtocols(inFile(names));
  assert.is(
    await messageOf(async () => refuseOtherProtocols(inFile({ protocol: 'rtp' }))),
    'UsageError: s.json: protocol: expected matchstream, got rtp; what is played are streams of matchstream: leave the ' +
      'key out, or say --exec-protocol beside --exec',
  );
});

test.run();
