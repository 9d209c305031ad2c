/**
 * Text for a terminal whose locale is not UTF-8: every character that is not ASCII is replaced by some that are and take
 * the same columns.
 */
import { characterWidth } from '../base/printable.ts';

const REPLACED: Readonly<Record<string, string>> = {
  '·': '-',
  '…': '.',
  '×': 'x',
  '–': '-',
  '—': '-',
  '’': "'",
};

/** `Galáticos · Çağla` becomes `Galaticos - Cagla`; what has no such letter becomes question marks. */
export const asciiText = (text: string): string =>
  [...text].map((character) => (character <= '~' ? character : replaced(character))).join('');

function replaced(character: string): string {
  const [letter = ''] = character.normalize('NFD');
  return letter <= '~' ? letter : (REPLACED[character] ?? '?'.repeat(characterWidth(character)));
}
