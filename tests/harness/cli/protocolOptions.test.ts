/** Which protocol options and a scenario file come to. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { chooseProtocol, refuseOtherProtocols } from '../../../harness/cli/protocolOptions.ts';
import { readProtocol } from '../../../harness/protocols/allProtocols.ts';
import { assertRefusal } from '../../refusals.ts';

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

for (const [options, file, refused] of [
  [{ protocolUp: 'rtp' }, null, 'conflict | --protocol-up'],
  [{ protocol: 'rtp', protocolUp: 'matchstream' }, null, 'conflict | --protocol-up'],
  [{}, { protocolUp: 'rtp' }, 'conflict | s.json: protocolUp'],
  [{}, { protocol: 'quick' }, 'unknown-choice | s.json: protocol'],
] as const) {
  test(`refused: ${JSON.stringify(options)} beside ${JSON.stringify(file)}`, () =>
    assertRefusal(() => chosen(options, file), refused));
}

test('a scenario for another protocol is none for our own streams', async () => {
  for (const names of [null, {}, { protocol: 'matchstream' }]) refuseOtherProtocols(inFile(names));
  await assertRefusal(() => refuseOtherProtocols(inFile({ protocol: 'rtp' })), 'conflict | s.json: protocol');
});

test.run();
