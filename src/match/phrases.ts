/**
 * The texts of the events: templates in two languages, filled with names.
 *
 * One draw chooses a template in either language, so both describe the same match.
 */
import { PHRASES_EN } from './data/phrases-en.ts';
import { PHRASES_PT } from './data/phrases-pt.ts';

/** Templates by occasion, which is finer than the kind of event. No list is empty. */
export interface PhraseSet {
  /** `{team}` kicks off. */
  readonly kickOff: readonly string[];
  readonly secondHalf: readonly string[];
  /** `{player}` of `{team}` scores against `{other}`, who is in goal. */
  readonly goal: readonly string[];
  readonly penaltyGoal: readonly string[];
  /** `{player}` of `{team}` misses. */
  readonly missedShot: readonly string[];
  readonly penaltyMissed: readonly string[];
  /** `{player}`, in goal for `{team}`, stops `{other}`. */
  readonly save: readonly string[];
  readonly penaltySaved: readonly string[];
  /** `{player}` of `{team}` goes past `{other}`. */
  readonly dribble: readonly string[];
  /** `{player}` of `{team}` fouls `{other}`. */
  readonly foul: readonly string[];
  /** `{player}` of `{team}` is shown a card. */
  readonly yellowCard: readonly string[];
  readonly secondYellow: readonly string[];
  readonly redCard: readonly string[];
  /** `{player}`, in goal for `{team}`, is sent off, and `{other}` takes over there. */
  readonly keeperSentOff: readonly string[];
  /** `{player}` of `{team}` will take a penalty. */
  readonly penalty: readonly string[];
  readonly halfTime: readonly string[];
  readonly fullTimeDrawn: readonly string[];
  /** `{team}` has won. */
  readonly fullTimeWon: readonly string[];
}

export type Occasion = keyof PhraseSet;
export type Language = 'en' | 'pt';

export const PHRASES: Record<Language, PhraseSet> = { en: PHRASES_EN, pt: PHRASES_PT };

/** The values of a template's placeholders. A template must not use a name that is null. */
export interface PhraseNames {
  readonly player: string | null;
  readonly other: string | null;
  readonly team: string | null;
}

const PLACES = ['player', 'other', 'team'] as const;

/** Fills a template in one pass: braces inside a name are not replaced. */
export function fillPhrase(template: string, names: PhraseNames): string {
  let phrase = '';
  let from = 0;
  for (let at = template.indexOf('{'); at >= 0; at = template.indexOf('{', at + 1)) {
    const key = PLACES.find((place) => template.startsWith(`${place}}`, at + 1));
    if (key === undefined) continue;
    const name = names[key];
    if (name === null) throw new Error(`the phrase "${template}" names {${key}}, and the event has none`);
    phrase += template.slice(from, at) + name;
    from = at + key.length + 2;
  }
  return phrase + template.slice(from);
}
