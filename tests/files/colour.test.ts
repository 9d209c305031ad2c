import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { wantsColour, wantsUnicode } from '../../src/files/colour.ts';

const test = suite('what a terminal gets');

test('colours: NO_COLOR beats FORCE_COLOR, which beats what the stream is', () => {
  const terminal = { isTTY: true };
  const pipe = {};
  const cases: readonly (readonly [boolean, { isTTY?: boolean }, Record<string, string>])[] = [
    [true, terminal, {}],
    [false, pipe, {}],
    [false, terminal, { NO_COLOR: '1' }],
    [true, terminal, { NO_COLOR: '' }],
    [true, pipe, { FORCE_COLOR: '1' }],
    [true, pipe, { FORCE_COLOR: '' }],
    [false, terminal, { FORCE_COLOR: '0' }],
    [false, terminal, { FORCE_COLOR: 'false' }],
    [false, pipe, { FORCE_COLOR: '1', NO_COLOR: '1' }],
    [false, terminal, { TERM: 'dumb' }],
    [true, terminal, { TERM: 'xterm-256color' }],
  ];
  for (const [wanted, stream, env] of cases)
    assert.is(wantsColour(stream, env), wanted, JSON.stringify([stream, env]));
});

test('UTF-8: by LC_ALL, LC_CTYPE, LANG, the first that is set; and where none is', () => {
  const cases: readonly (readonly [boolean, Record<string, string>])[] = [
    [true, {}],
    [true, { LANG: 'en_GB.UTF-8' }],
    [true, { LANG: 'C.utf8' }],
    [false, { LANG: 'C' }],
    [false, { LANG: 'de_DE.ISO-8859-1' }],
    [false, { LANG: 'en_GB.UTF-8', LC_ALL: 'POSIX' }],
    [true, { LANG: 'C', LC_CTYPE: 'en_GB.UTF-8' }],
    [true, { LANG: 'en_GB.UTF-8', LC_ALL: '' }],
  ];
  for (const [wanted, env] of cases) assert.is(wantsUnicode(env), wanted, JSON.stringify(env));
});

test.run();
