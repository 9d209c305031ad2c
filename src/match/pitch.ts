/**
 * The state of play: score, line-ups, cards shown, who is still on the pitch and who is in goal.
 *
 * It draws no random numbers: it is told what happened and enforces the rules about who may act. Line-ups are replaced,
 * never mutated, so an event can keep a reference to them.
 */
import { MAX_GOALS, MAX_REDS, MAX_YELLOWS } from './limits.ts';
import type { Squad, Squads } from './squads.ts';
import type { Lineup, LineupPlayer, Lineups, Side } from './types.ts';

/** A player's place in the squad: 0 to 9 for the outfield, then the goalkeeper. */
type Place = number;
const GOALKEEPER: Place = 10;

export interface Actor {
  readonly side: Side;
  readonly place: Place;
}

const freshPlayer = (name: string): LineupPlayer => ({
  name,
  goalMinutes: [],
  yellowMinute: null,
  redMinute: null,
});

/** A squad before kick-off. */
export const freshLineup = (squad: Squad): Lineup => ({
  players: squad.players.map(freshPlayer),
  goalkeeper: freshPlayer(squad.goalkeeper),
});

export const opponentsOf = (side: Side): Side => (side === 0 ? 1 : 0);

/**
 * Methods may be called in any order. `score…`, `book` and `sendOff` throw where the `may…` method for them gives
 * false.
 */
export class Pitch {
  #lineups: Lineups;
  #score: readonly [number, number] = [0, 0];
  #yellows = 0;
  #reds = 0;
  readonly #inGoal: [Place, Place] = [GOALKEEPER, GOALKEEPER];

  constructor(squads: Squads) {
    this.#lineups = [freshLineup(squads.teams[0]), freshLineup(squads.teams[1])];
  }

  get lineups(): Lineups {
    return this.#lineups;
  }

  get score(): readonly [number, number] {
    return this.#score;
  }

  player({ side, place }: Actor): LineupPlayer {
    const lineup = this.#lineups[side];
    return place === GOALKEEPER ? lineup.goalkeeper : (lineup.players[place] as LineupPlayer);
  }

  /** The players on the pitch, without the goalkeeper. */
  outfield(side: Side): Actor[] {
    const actors: Actor[] = [];
    this.#lineups[side].players.forEach((player, place) => {
      if (player.redMinute === null && place !== this.#inGoal[side]) actors.push({ side, place });
    });
    return actors;
  }

  inGoal(side: Side): Actor {
    return { side, place: this.#inGoal[side] };
  }

  isInGoal({ side, place }: Actor): boolean {
    return this.#inGoal[side] === place;
  }

  mayScore(): boolean {
    return this.#score[0] + this.#score[1] < MAX_GOALS;
  }

  mayBeSentOff(): boolean {
    return this.#reds < MAX_REDS;
  }

  /** A second yellow card also sends off, so both limits must allow it. */
  mayBeBooked(actor: Actor): boolean {
    if (this.#yellows >= MAX_YELLOWS) return false;
    return this.player(actor).yellowMinute === null || this.mayBeSentOff();
  }

  scoreGoal(actor: Actor, minute: number): void {
    if (!this.mayScore()) throw new Error('a goal beyond the cap');
    const player = this.player(actor);
    this.#replace(actor, { ...player, goalMinutes: [...player.goalMinutes, minute] });
    const [first, second] = this.#score;
    this.#score = actor.side === 0 ? [first + 1, second] : [first, second + 1];
  }

  /** Shows a yellow card. True when it is the second one: then the caller must send the player off. */
  book(actor: Actor, minute: number): boolean {
    if (!this.mayBeBooked(actor)) throw new Error('a yellow card beyond the cap');
    this.#yellows += 1;
    const player = this.player(actor);
    if (player.yellowMinute !== null) return true;
    this.#replace(actor, { ...player, yellowMinute: minute });
    return false;
  }

  sendOff(actor: Actor, minute: number): void {
    if (!this.mayBeSentOff()) throw new Error('a red card beyond the cap');
    this.#reds += 1;
    this.#replace(actor, { ...this.player(actor), redMinute: minute });
  }

  /** An outfield player takes over in goal from one who was sent off. */
  goInGoal({ side, place }: Actor): void {
    this.#inGoal[side] = place;
  }

  #replace({ side, place }: Actor, player: LineupPlayer): void {
    const lineup = this.#lineups[side];
    const changed: Lineup =
      place === GOALKEEPER
        ? { ...lineup, goalkeeper: player }
        : { ...lineup, players: lineup.players.with(place, player) };
    this.#lineups = side === 0 ? [changed, this.#lineups[1]] : [this.#lineups[0], changed];
  }
}
