/**
 * What a running program tells its page once a second: plain data, as `/events` sends it. Types only.
 *
 * Counts are running totals; the page makes the differences.
 */
import type { Direction } from '../impairment/schedule.ts';
import type { Knob, Knobs } from '../impairment/stages/stage.ts';

/** One direction of a flow, or of all flows of a proxy. */
export interface DirectionState {
  readonly arrived: number;
  readonly forwarded: number;
  readonly duplicated: number;
  readonly dropped: number;
  /** Causes that have occurred only. */
  readonly droppedByCause: Readonly<Record<string, number>>;
  readonly heldNow: number;
  readonly refused: number;
  readonly unindexed: number;
  /** From entry to exit, of what has left lately; null where nothing has. */
  readonly delayP50Us: number | null;
  readonly delayP99Us: number | null;
  /** Arrivals a second, of the last second. */
  readonly rate: number;
  readonly bytesPerSecond: number;
}

export type BothWays<Value> = Readonly<Record<Direction, Value>>;

export interface FlowState extends BothWays<DirectionState> {
  readonly flow: number;
  readonly client: string;
}

/** As toxiproxy's clients know it. */
export interface ToxicState {
  readonly name: string;
  readonly type: string;
  readonly stream: string;
  readonly toxicity: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface ProxyState extends BothWays<DirectionState> {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
  readonly seed: string;
  readonly protocol: string;
  readonly toxics: readonly ToxicState[];
  /** The settings as a user would write them, without those of toxics. */
  readonly conditions: BothWays<Knobs>;
  /** The number of the last change; 1 is what it began with. */
  readonly epoch: number;
  readonly flowsOpen: number;
  readonly flowsClosed: number;
  /** Some of those that are open, at most a hundred. */
  readonly flows: readonly FlowState[];
  /** At the proxy's sockets; null where nothing counts them. */
  readonly kernelDrops: number | null;
}

/** What one client has of the match, and what the network did to its stream; null is not known. */
export interface ClientState {
  readonly name: string;
  /** Where it is, in words: `receiving`, `left: unregistered`. */
  readonly status: string;
  readonly score: readonly [number, number] | null;
  readonly clock: string | null;
  /** By a server, which knows no more. */
  readonly sent: number | null;
  readonly received: number | null;
  readonly lost: number | null;
  readonly twice: number | null;
  readonly reordered: number | null;
  /** The latest after the earliest, of the delays. */
  readonly lateUs: number | null;
  readonly jitterUs: number | null;
}

export interface MatchState {
  readonly home: string;
  readonly away: string;
  /** `23'`, `HALF-TIME`; empty before the first event. */
  readonly clock: string;
  readonly score: readonly [number, number];
  /** The last ones, the latest first. */
  readonly events: readonly string[];
  readonly clients: readonly ClientState[];
  /** Clients that are not listed. */
  readonly moreClients: number;
}

export interface LiveState {
  readonly v: 1;
  /** Since the program's start. */
  readonly atUs: number;
  readonly program: 'proxy' | 'control' | 'live' | 'run' | 'server';
  /** Whether the page is for looking only. */
  readonly isReadOnly: boolean;
  /** What it is at, in words; null where it has no steps. */
  readonly doing: string | null;
  /** What it ended with, in words; null while it runs. */
  readonly ended: string | null;
  readonly proxies: readonly ProxyState[];
  readonly match: MatchState | null;
}

/** A line of a proxy's journal, as it stands there, and whose it is. */
export interface EpochEvent {
  readonly proxy: string;
  readonly [key: string]: unknown;
}

/** What stands in the page's document, for it is the same as long as the program runs. */
export interface GivenToPage {
  readonly knobs: readonly Knob[];
  /** Of one direction each. */
  readonly presets: readonly { readonly name: string; readonly sentence: string; readonly knobs: Knobs }[];
}
