/**
 * Any text at all, for property tests: of whole code points, lone surrogates too. fast-check's own unit for that
 * builds a table of a million characters first, which takes a second in every file that asks for it.
 */
import * as fc from 'fast-check';

export const anyText = (maxLength = 10): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.nat(0x7f), fc.nat(0xffff), fc.nat(0x10ffff)), { maxLength })
    .map((codes) => codes.map((code) => String.fromCodePoint(code)).join(''));
