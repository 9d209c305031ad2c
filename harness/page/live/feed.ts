/**
 * What the page has been told so far, and how it changes with each message. Pure.
 */
import type { EpochEvent, LiveState } from '../../control/liveState.ts';
import { withSample } from './history.ts';
import type { History } from './history.ts';
import { withLine } from './journal.ts';
import type { JournalEntry } from './journal.ts';

export interface Feed {
  /** The last state; null before the first. */
  readonly state: LiveState | null;
  readonly histories: Readonly<Record<string, History>>;
  readonly journal: readonly JournalEntry[];
  /** Changes that came too fast to be told. */
  readonly untold: number;
  /** The page's time at the program's start, milliseconds. */
  readonly startMs: number;
}

export const NO_FEED: Feed = { state: null, histories: {}, journal: [], untold: 0, startMs: 0 };

/** @param nowMs the page's time */
export function withState(feed: Feed, state: LiveState, nowMs: number): Feed {
  const isAnother = feed.state !== null && state.atUs < feed.state.atUs;
  const before = isAnother ? {} : feed.histories;
  const histories = state.proxies.map(
    (proxy) => [proxy.name, withSample(own(before, proxy.name), state.atUs, proxy)] as const,
  );
  return {
    state,
    histories: Object.fromEntries(histories),
    journal: isAnother ? [] : feed.journal,
    untold: isAnother ? 0 : feed.untold,
    startMs: isAnother || feed.state === null ? nowMs - state.atUs / 1e3 : feed.startMs,
  };
}

/** Names are anybody's: one may be called like what every object has. */
export const own = (histories: Feed['histories'], name: string): History =>
  Object.hasOwn(histories, name) ? (histories[name] as History) : [];

export const withEpoch = (feed: Feed, line: EpochEvent): Feed => ({
  ...feed,
  journal: withLine(feed.journal, line),
});
