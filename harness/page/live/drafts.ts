/**
 * The knobs as they stand in the page's fields, and what is sent of them. Pure.
 *
 * A field holds text as on the command line; an empty one leaves its knob out. What is not touched follows the program.
 */
import type { Knob, Knobs } from '../../impairment/stages/stage.ts';
import type { Direction } from '../../impairment/schedule.ts';

export const DIRECTIONS: readonly Direction[] = ['down', 'up'];

export type Draft = Readonly<Record<string, string | boolean>>;
/** What was typed and not sent yet. */
export type Drafts = Readonly<Record<Direction, Draft>>;

export const NO_DRAFTS: Drafts = { down: {}, up: {} };

/** Knobs that take no value. */
export const isFlag = ({ flags }: Knob): boolean => !/[<[]/.test(flags);

/** `--drop` of `--drop <ratio>`. */
export const flagName = ({ flags }: Knob): string => flags.split(/[ ,]/)[0] ?? flags;

/** `<ratio>` of `--drop <ratio>`; empty for a flag. */
export const valueName = ({ flags }: Knob): string => flags.slice(flagName({ flags } as Knob).length).trim();

/** A knob as its field shows it. */
export function fieldOf(knob: Knob, conditions: Knobs, draft: Draft): string | boolean {
  const drafted = Object.hasOwn(draft, knob.name) ? draft[knob.name] : undefined;
  const value = drafted ?? conditions[knob.name];
  if (isFlag(knob)) return value === true;
  return typeof value === 'string' ? value : '';
}

/** The drafts after something was typed; what is as it was is none. */
export function withField(
  drafts: Drafts,
  direction: Direction,
  knob: Knob,
  conditions: Knobs,
  value: string | boolean,
): Drafts {
  const { [knob.name]: _before, ...others } = drafts[direction];
  const isSame = fieldOf(knob, conditions, {}) === value;
  return { ...drafts, [direction]: isSame ? others : { ...others, [knob.name]: value } };
}

/** What holds for the whole run, and no preset takes away. */
const LASTING = 'shared';

/** The knobs of a preset as they are sent: in the place of all others. */
export const presetToSend = (conditions: Knobs, preset: Knobs): Knobs => ({
  ...(conditions[LASTING] !== undefined && { [LASTING]: conditions[LASTING] }),
  ...preset,
});

/** What is to be sent: each direction that has drafts, whole. Null where nothing was changed. */
export function toSend(
  drafts: Drafts,
  knobs: readonly Knob[],
  conditions: Readonly<Record<Direction, Knobs>>,
): Partial<Readonly<Record<Direction, Knobs>>> | null {
  const changed = DIRECTIONS.filter((direction) => Object.keys(drafts[direction]).length > 0);
  if (changed.length === 0) return null;
  const known = new Set(knobs.map(({ name }) => name));
  return Object.fromEntries(
    changed.map((direction) => {
      const now = conditions[direction];
      const fields = knobs.map((knob) => [knob.name, fieldOf(knob, now, drafts[direction])] as const);
      // A knob that the page does not know stays as it is.
      const others = Object.entries(now).filter(([name]) => !known.has(name));
      const given = fields.filter(([, value]) => value !== '' && value !== false);
      return [
        direction,
        Object.fromEntries([
          ...others,
          ...given.map(([name, value]) => [name, typeof value === 'string' ? value.trim() : value]),
        ]),
      ];
    }),
  );
}

/** The knob that a message of the program is about: the one that it names first, as `down.dropBurst` or by its flag. */
export function knobOfMessage(message: string, knobs: readonly Knob[]): Knob | null {
  const [, name, flag] = /\b(?:down|up)\.([a-zA-Z]+)|(--[a-z][a-z-]*)/.exec(message) ?? [];
  return knobs.find((knob) => knob.name === name || flagName(knob) === flag) ?? null;
}
