/**
 * The knobs: the command line's impairment options, read into settings and written back.
 *
 * A scenario file uses the same names and the same text. The stages declare the knobs.
 */
import { refuseValue } from '../../src/base/arguments.ts';
import { UsageError } from '../../src/base/errors.ts';
import { checkConfig, fieldsOf, flagOf } from './config.ts';
import { checkKnobNames } from './knobNames.ts';
import type { ImpairmentConfig } from './config.ts';
import { STAGES } from './stages/allStages.ts';
import { traceText } from './stages/rate.ts';
import type { LinkSettings } from './stages/rate.ts';
import type { GivenKnobs, Knob, KnobNaming, Knobs } from './stages/stage.ts';

export type { Knob, Knobs } from './stages/stage.ts';

export const KNOBS: readonly Knob[] = STAGES.flatMap(({ knobs }) => knobs);

/**
 * Settings from knobs. Knobs left out keep their defaults.
 * @param nameOf the name of a knob in a message; by default its flag
 * @param where unknown knobs stand, in a message
 * @throws UsageError for an unknown key, a value that cannot be read and knobs that contradict each other
 */
export function readKnobs(knobs: Knobs, nameOf: KnobNaming = flagOf, where = 'readKnobs'): ImpairmentConfig {
  checkKnobNames(knobs, KNOBS, where);
  const given = givenKnobs(knobs, nameOf);
  const config = fieldsOf(STAGES.map((stage) => stage.read(given)));
  checkConfig(config, nameOf);
  return config;
}

/** A choice of names, for people. */
const oneOf = (names: readonly string[]): string =>
  [...(names.length < 3 ? names.slice(0, -1) : [names.slice(0, -1).join(', ')]), names.at(-1)].join(' or ');

function givenKnobs(knobs: Knobs, nameOf: KnobNaming): GivenKnobs {
  const isGiven = (name: string): boolean => knobs[name] !== undefined;
  return {
    nameOf,
    names: Object.keys(knobs).filter(isGiven),
    isGiven,
    read: (name, reader, otherwise) => {
      const value = knobs[name];
      if (value === undefined) return otherwise;
      if (typeof value !== 'string')
        refuseValue(nameOf(name), 'text as on the command line', value, `write it in quotes, '${value}'`);
      return reader(value, nameOf(name));
    },
    isOn: (name) => {
      const value = knobs[name] ?? false;
      if (typeof value !== 'boolean')
        throw new UsageError('value-format', nameOf(name), `expected true or false, got "${value}"`);
      return value;
    },
    needs: (name, others) => {
      if (!isGiven(name) || knobs[name] === false || others.some(isGiven)) return;
      throw new UsageError(
        'missing',
        nameOf(name),
        `expected ${oneOf(others.map(nameOf))} beside it, got none`,
      );
    },
  };
}

/** `base` overridden by `over`, knob by knob; a knob in `over` also replaces knobs of `base` that it excludes. */
export function mergeKnobs(base: Knobs, over: Knobs): Knobs {
  const merged: Record<string, string | boolean | undefined> = { ...base };
  for (const { exclusive = [] } of STAGES) {
    if (!exclusive.some((name) => over[name] !== undefined)) continue;
    for (const name of exclusive) delete merged[name];
  }
  for (const { name } of KNOBS) if (over[name] !== undefined) merged[name] = over[name];
  return merged;
}

/** The flags for these settings, on one line; empty if nothing is on. `readKnobs` reads them back as the same settings. */
export function formatKnobs(config: ImpairmentConfig): string {
  checkConfig(config, undefined, 'formatKnobs');
  return STAGES.flatMap((stage) => stage.format(config)).join(' ');
}

/** The knobs that give these settings, as a scenario file has them. `readKnobs` reads them back as the same settings. */
export function knobsOf(config: ImpairmentConfig): Knobs {
  const { trace, ...link } = config.rate ?? {};
  const flags = formatKnobs(trace === undefined ? config : { ...config, rate: link as LinkSettings });
  const knobs: Record<string, string | boolean> = {};
  for (const flag of flags === '' ? [] : flags.split(/ (?=--)/)) {
    const [name = '', ...words] = flag.split(' ');
    const key = name.slice(2).replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    knobs[key] = words.length === 0 ? true : words.join(' ');
  }
  if (trace === undefined) return knobs;
  delete knobs['rate'];
  return { ...knobs, rateTrace: traceText(trace) };
}
