/**
 * The kinds of event in a match, and the integer that stands for each on the wire.
 */

/** `message.type` of every kind. The codes are public: recordings hold them, so they never change meaning. */
export const EVENT_TYPES = {
  goal: 1,
  foul: 2,
  yellowCard: 3,
  redCard: 4,
  kickOff: 5,
  missedShot: 6,
  save: 7,
  dribble: 8,
  penalty: 9,
  halfTime: 10,
  fullTime: 11,
} as const;

export type EventKind = keyof typeof EVENT_TYPES;
export type EventType = (typeof EVENT_TYPES)[EventKind];

const KINDS = Object.keys(EVENT_TYPES) as EventKind[];

/** The kind of a code, or null for an unknown code. */
export function eventKind(type: number): EventKind | null {
  return KINDS.find((kind) => EVENT_TYPES[kind] === type) ?? null;
}
