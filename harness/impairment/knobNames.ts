/**
 * Names that are not knobs, and the knobs that were probably meant.
 */
import { isObject, refuseValue } from '../../src/base/arguments.ts';
import { UsageError } from '../../src/base/errors.ts';
import { isNear } from '../../src/base/near.ts';
import { foreignMeaning } from './foreignNames.ts';

interface Named {
  readonly name: string;
  readonly flags: string;
}

const longOf = ({ flags }: Named): string => flags.split(' ')[0] as string;

/** The knob that a name may mean (a flag, another tool's name, a misspelling); null if unknown. */
function meantKnob(name: string, knobs: readonly Named[]): string | null {
  const camel = name
    .replace(/^-+/, '')
    .replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
    .toLowerCase();
  const flag = foreignMeaning(name, (long) => knobs.some((knob) => longOf(knob) === long));
  const meant =
    knobs.find((knob) => knob.name.toLowerCase() === camel) ??
    knobs.find((knob) => longOf(knob) === flag) ??
    knobs.find((knob) => isNear(knob.name.toLowerCase(), camel));
  return meant?.name ?? null;
}

/**
 * @param where in the message
 * @throws UsageError for an unknown key
 */
export function checkKnobNames(given: unknown, knobs: readonly Named[], where: string): void {
  if (!isObject(given)) refuseValue(where, "knobs such as { drop: '5%' }", given);
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || knobs.some(({ name }) => name === key)) continue;
    const meant = meantKnob(key, knobs);
    const remedy =
      meant === null
        ? `expected one of ${knobs.map(({ name }) => name).join(', ')}`
        : `did you mean ${meant}?`;
    throw new UsageError('unknown-key', where, `no such knob as ${JSON.stringify(key)}; ${remedy}`);
  }
}
