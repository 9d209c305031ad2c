/**
 * The seeded match: the same seed gives the same events, on every machine.
 *
 * Each match has one random stream, `match/SEED`. Every phrase takes exactly one draw, however many templates its
 * occasion has, so neither language nor new templates change what happens on the pitch; nor do names.
 */
import * as check from '../base/arguments.ts';
import type { Checks } from '../base/arguments.ts';
import { randomStream } from '../base/random.ts';
import type { Draw } from '../base/random.ts';
import { EVENT_TYPES } from './kinds.ts';
import type { EventKind } from './kinds.ts';
import { HALF_TIME_MINUTE, MAX_FULL_TIME_MINUTE, MIN_FULL_TIME_MINUTE } from './limits.ts';
import { fillPhrase, PHRASES } from './phrases.ts';
import type { Language, Occasion, PhraseSet } from './phrases.ts';
import { opponentsOf, Pitch } from './pitch.ts';
import type { Actor } from './pitch.ts';
import { DEFAULT_SQUADS } from './data/inventedSquads.ts';
import { checkSquads } from './squads.ts';
import type { Squads } from './squads.ts';
import type { Match, MatchEvent, Side } from './types.ts';

export interface MatchOptions {
  /** Who plays. Default: the two invented teams. */
  readonly squads?: Squads;
  /** Language of the phrases. Default: `en`. */
  readonly phrases?: Language;
}

const CHECKS: Checks<MatchOptions> = {
  squads: check.optional(checkSquads),
  phrases: check.optional(check.oneOf('en', 'pt')),
};

// Weights out of 100. Close to those of the original game, with fewer penalties, because each gives another event, and
// more shots.
const OPEN_PLAY: readonly (readonly [OpenPlay, number])[] = [
  ['goal', 5],
  ['missedShot', 12],
  ['save', 13],
  ['dribble', 25],
  ['foul', 25],
  ['yellowCard', 14],
  ['redCard', 1],
  ['penalty', 5],
];
type OpenPlay = Exclude<EventKind, 'kickOff' | 'halfTime' | 'fullTime'>;

const PENALTY_SCORED_RATIO = 0.75;
const PENALTY_SAVED_RATIO = 0.15;

/** The seed of match `k` of a stream, from 1: `seed`, `seed/2`, `seed/3`, …. */
export function matchSeed(seed: string, k: number): string {
  check.text(seed, 'matchSeed: seed');
  check.whole(1)(k, 'matchSeed: k');
  return k === 1 ? seed : `${seed}/${k}`;
}

/** Plays a whole match, from kick-off to full time. @throws UsageError for invalid options */
export function simulateMatch(seed: string, options: MatchOptions = {}): Match {
  check.text(seed, 'simulateMatch: seed');
  check.shape(CHECKS)(options, 'simulateMatch');
  const squads = options.squads ?? DEFAULT_SQUADS;
  const game = new Game(squads, PHRASES[options.phrases ?? 'en'], randomStream(`match/${seed}`).draw);
  return { seed, teams: [squads.teams[0].name, squads.teams[1].name], events: game.play() };
}

const pick = <T>(draw: Draw, list: readonly T[]): T => list[Math.floor(draw() * list.length)] as T;

const drawWithin = (draw: Draw, min: number, max: number): number =>
  min + Math.floor(draw() * (max - min + 1));

function drawOpenPlay(draw: Draw): OpenPlay {
  let left = draw() * 100;
  for (const [kind, weight] of OPEN_PLAY) {
    if (left < weight) return kind;
    left -= weight;
  }
  throw new Error('the weights of open play do not add up to 100');
}

/** One match; `play` may be called once. */
class Game {
  readonly #pitch: Pitch;
  readonly #teams: readonly [string, string];
  readonly #phrases: PhraseSet;
  readonly #draw: Draw;
  readonly #events: MatchEvent[] = [];
  #minute = 0;
  /** The taker of the penalty that was just awarded. */
  #taker: Actor | null = null;

  constructor(squads: Squads, phrases: PhraseSet, draw: Draw) {
    this.#pitch = new Pitch(squads);
    this.#teams = [squads.teams[0].name, squads.teams[1].name];
    this.#phrases = phrases;
    this.#draw = draw;
  }

  play(): readonly MatchEvent[] {
    const starters = this.#drawSide();
    const fullTimeMinute = drawWithin(this.#draw, MIN_FULL_TIME_MINUTE, MAX_FULL_TIME_MINUTE);

    this.#tell('kickOff', 'kickOff', starters);
    this.#playUntil(HALF_TIME_MINUTE);
    this.#tell('halfTime', 'halfTime', null);
    this.#minute += 1;
    this.#tell('kickOff', 'secondHalf', opponentsOf(starters));
    this.#playUntil(fullTimeMinute);
    const [first, second] = this.#pitch.score;
    if (first === second) this.#tell('fullTime', 'fullTimeDrawn', null);
    else this.#tell('fullTime', 'fullTimeWon', first > second ? 0 : 1);
    return this.#events;
  }

  /** Plays up to a whistle and sets the clock to its minute. An awarded penalty is always taken first. */
  #playUntil(whistleMinute: number): void {
    for (;;) {
      const minute = this.#minute + drawWithin(this.#draw, 1, 3);
      if (this.#taker !== null) {
        this.#minute = Math.min(minute, whistleMinute - 1);
        this.#takePenalty(this.#taker);
        this.#taker = null;
      } else if (minute >= whistleMinute) {
        this.#minute = whistleMinute;
        return;
      } else {
        this.#minute = minute;
        const side = this.#drawSide();
        const kind = drawOpenPlay(this.#draw);
        if (kind === 'penalty' && minute + 1 >= whistleMinute) this.#foul(this.#drawAny(side));
        else this.#happen(kind, side);
      }
    }
  }

  /**
   * An event that a limit forbids is replaced by the nearest one allowed: a goal by a missed shot, a card by a foul.
   */
  #happen(kind: OpenPlay, side: Side): void {
    const opponents = opponentsOf(side);
    switch (kind) {
      case 'goal':
        return this.#pitch.mayScore()
          ? this.#goal('goal', this.#drawOutfield(side))
          : this.#tell('missedShot', 'missedShot', side, this.#drawOutfield(side));
      case 'missedShot':
        return this.#tell(kind, kind, side, this.#drawOutfield(side));
      case 'save':
        return this.#tell(kind, kind, side, this.#pitch.inGoal(side), this.#drawOutfield(opponents));
      case 'dribble':
        return this.#tell(kind, kind, side, this.#drawOutfield(side), this.#drawOutfield(opponents));
      case 'foul':
        return this.#foul(this.#drawAny(side));
      case 'yellowCard':
        return this.#yellow(this.#drawAny(side));
      case 'redCard': {
        const actor = this.#drawAny(side);
        return this.#pitch.mayBeSentOff() ? this.#red('redCard', actor) : this.#foul(actor);
      }
      case 'penalty': {
        this.#taker = this.#drawOutfield(side);
        return this.#tell(kind, kind, side, this.#taker);
      }
    }
  }

  #goal(occasion: Occasion, scorer: Actor): void {
    this.#pitch.scoreGoal(scorer, this.#minute);
    this.#tell('goal', occasion, scorer.side, scorer, this.#pitch.inGoal(opponentsOf(scorer.side)));
  }

  #foul(actor: Actor): void {
    this.#tell('foul', 'foul', actor.side, actor, this.#drawOutfield(opponentsOf(actor.side)));
  }

  #yellow(actor: Actor): void {
    if (!this.#pitch.mayBeBooked(actor)) return this.#foul(actor);
    if (this.#pitch.book(actor, this.#minute)) return this.#red('secondYellow', actor);
    this.#tell('yellowCard', 'yellowCard', actor.side, actor);
  }

  #red(occasion: Occasion, actor: Actor): void {
    this.#pitch.sendOff(actor, this.#minute);
    if (!this.#pitch.isInGoal(actor)) return this.#tell('redCard', occasion, actor.side, actor);
    const standIn = this.#drawOutfield(actor.side);
    this.#pitch.goInGoal(standIn);
    this.#tell('redCard', 'keeperSentOff', actor.side, actor, standIn);
  }

  #takePenalty(taker: Actor): void {
    const fate = this.#draw();
    const keeper = this.#pitch.inGoal(opponentsOf(taker.side));
    if (fate < PENALTY_SCORED_RATIO && this.#pitch.mayScore()) this.#goal('penaltyGoal', taker);
    else if (fate < PENALTY_SCORED_RATIO + PENALTY_SAVED_RATIO)
      this.#tell('save', 'penaltySaved', keeper.side, keeper, taker);
    else this.#tell('missedShot', 'penaltyMissed', taker.side, taker);
  }

  #drawSide(): Side {
    return this.#draw() < 0.5 ? 0 : 1;
  }

  #drawOutfield(side: Side): Actor {
    return pick(this.#draw, this.#pitch.outfield(side));
  }

  /** Any player on the pitch: goalkeepers foul too. */
  #drawAny(side: Side): Actor {
    return pick(this.#draw, [...this.#pitch.outfield(side), this.#pitch.inGoal(side)]);
  }

  #tell(kind: EventKind, occasion: Occasion, team: Side | null, actor?: Actor, otherActor?: Actor): void {
    const player = actor === undefined ? null : this.#pitch.player(actor).name;
    const other = otherActor === undefined ? null : this.#pitch.player(otherActor).name;
    const template = pick(this.#draw, this.#phrases[occasion]);
    this.#events.push({
      type: EVENT_TYPES[kind],
      kind,
      minute: this.#minute,
      phrase: fillPhrase(template, { player, other, team: team === null ? null : this.#teams[team] }),
      score: this.#pitch.score,
      team,
      player,
      other,
      lineups: this.#pitch.lineups,
    });
  }
}
