/**
 * The stream message and the limits of its fields.
 *
 * Every encoder asserts these limits, so that the receiver accepts what is sent.
 */

/** A player of a line-up, with goals and cards so far. Minutes are whole, 0 to 999. */
export interface WirePlayer {
  readonly name: string;
  /** The minute of each goal, in order. */
  readonly goalMinutes: readonly number[];
  readonly yellowMinute: number | null;
  readonly redMinute: number | null;
}

/** A stream message without its place in the stream. */
export interface StreamContent {
  /** The score after the event, such as `Galáticos 0 - 0 The Bests`. */
  readonly score: string;
  /** The phrase about the event. */
  readonly content: string;
  /** The event's type code: 1 goal, 2 foul, 3 yellow card, 4 red card, 5 and up the rest. 0 to 255. */
  readonly type: number;
  /** Minute of play, 0 to 999. */
  readonly minute: number;
  readonly teamA: readonly WirePlayer[];
  readonly teamB: readonly WirePlayer[];
  readonly goalkeeperA: WirePlayer;
  readonly goalkeeperB: WirePlayer;
}

export interface StreamMessage extends StreamContent {
  /** Sequence number, 1 or more, a safe integer. */
  readonly count: number;
  /** Media time: the planned offset from the stream's start, whole microseconds, 0 or more, a safe integer. */
  readonly atUs: number;
}

/** Bounds that encoders assert and decoders enforce. Text is counted in UTF-16 units. */
export const LIMITS = {
  scoreChars: 512,
  contentChars: 8192,
  nameChars: 128,
  type: 255,
  minute: 999,
  players: 64,
  goals: 64,
} as const;

const isWithin = (value: number, most: number): boolean =>
  Number.isInteger(value) && value >= 0 && value <= most;

function isPlayer(player: WirePlayer): boolean {
  return (
    player.name.length <= LIMITS.nameChars &&
    player.goalMinutes.length <= LIMITS.goals &&
    player.goalMinutes.every((minute) => isWithin(minute, LIMITS.minute)) &&
    (player.yellowMinute === null || isWithin(player.yellowMinute, LIMITS.minute)) &&
    (player.redMinute === null || isWithin(player.redMinute, LIMITS.minute))
  );
}

const refuse = (): never => {
  throw new Error('a stream message is outside the limits of the protocol');
};

/** Throws when a receiver would refuse the event: the caller broke an invariant. */
export function assertEvent({ score, content, type, minute }: StreamContent): void {
  const isSound =
    score.length <= LIMITS.scoreChars &&
    content.length <= LIMITS.contentChars &&
    isWithin(type, LIMITS.type) &&
    isWithin(minute, LIMITS.minute);
  if (!isSound) refuse();
}

/** The same for the line-ups. */
export function assertLineups({ teamA, teamB, goalkeeperA, goalkeeperB }: StreamContent): void {
  const isSound =
    teamA.length <= LIMITS.players &&
    teamB.length <= LIMITS.players &&
    teamA.every(isPlayer) &&
    teamB.every(isPlayer) &&
    isPlayer(goalkeeperA) &&
    isPlayer(goalkeeperB);
  if (!isSound) refuse();
}

/** The same for event and line-ups. */
export function assertContent(content: StreamContent): void {
  assertEvent(content);
  assertLineups(content);
}

/** Throws for an invalid place in a stream: count must be 1 or more, atUs 0 or more, both safe integers. */
export function assertPlace(count: number, atUs: number): void {
  if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(atUs) || atUs < 0) {
    throw new Error(
      `expected a count of 1 or more and an atUs of 0 or more, safe integers, got ${count}, ${atUs}`,
    );
  }
}

/** A player as encoded on the wire: no key for goals or cards that he does not have. */
export function wirePlayer(player: WirePlayer): object {
  return {
    nome: player.name,
    ...(player.goalMinutes.length > 0 && { gols: player.goalMinutes }),
    ...(player.yellowMinute !== null && { amarelo: player.yellowMinute }),
    ...(player.redMinute !== null && { vermelho: player.redMinute }),
  };
}
