/**
 * The limits of a match.
 *
 * The caps bound the largest datagram: every goal and card lengthens the line-ups for the rest of the match.
 */

export const MAX_GOALS = 10;

/** Yellow cards shown in a match, second ones included. */
export const MAX_YELLOWS = 10;

/** Players sent off in a match, for a second yellow or straight. With four off, a side still has the seven it needs. */
export const MAX_REDS = 4;

export const HALF_TIME_MINUTE = 45;

/** Full time comes 1 to 7 minutes after the 90th. */
export const MIN_FULL_TIME_MINUTE = 91;
export const MAX_FULL_TIME_MINUTE = 97;

/** Outfield players a team; the goalkeeper comes on top. */
export const OUTFIELD_PLAYERS = 10;

/** Longest name of a player or a team, in code points. */
export const MAX_NAME_LENGTH = 24;
