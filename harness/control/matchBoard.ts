/**
 * What the page of a run or of a server shows: made once a second for all pages, of what there is to see then.
 *
 * It keeps what it saw last, so that a page shows the final score when everything is over.
 */
import type { SeenMatch } from '../../src/display/seenMatch.ts';
import { startTimer } from '../../src/net/timer.ts';
import { formatHostPort } from '../../src/base/quantities.ts';
import type { ServedClient } from '../../src/service/reports.ts';
import type { RoleLook, SessionLook, SessionWatch } from '../session/sessionWatch.ts';
import type { ClientState, LiveState, MatchState } from './liveState.ts';

/** Clients that are listed; a page of more could not be read. */
const MOST_CLIENTS = 48;
/** Processes answer a look at the next one. */
const LOOK_MS = 250;

export class MatchBoard implements SessionWatch {
  readonly mostClients = MOST_CLIENTS;
  readonly #program: LiveState['program'];
  readonly #nowUs: () => number;
  #match: () => MatchState | null = () => null;
  #doing: string | null = null;
  #ended: string | null = null;

  /** @param nowUs time since the program's start */
  constructor(program: LiveState['program'], nowUs: () => number) {
    this.#program = program;
    this.#nowUs = nowUs;
  }

  begin(clients: number, look: () => SessionLook): () => void {
    let seen = look();
    let isRunning = true;
    const tick = (): void => {
      seen = look();
      callOff = startTimer(tick, LOOK_MS);
    };
    let callOff = startTimer(tick, LOOK_MS);
    this.#match = () => matchOfSession(seen, clients, isRunning);
    return () => {
      callOff();
      // What its parts had to show at last came with their reports.
      seen = look();
      isRunning = false;
    };
  }

  /** Shows a server by itself. @param seen what it has sent of the match @param clients all so far */
  showServer(seen: () => SeenMatch | null, clients: () => readonly ServedClient[]): void {
    this.#match = () => matchOfServer(seen(), clients());
  }

  /** What it is at, in words. */
  say(doing: string): void {
    this.#doing = doing;
  }

  /** @param how in words */
  end(how: string): void {
    this.#ended = how;
  }

  state(): LiveState {
    return {
      v: 1,
      atUs: this.#nowUs(),
      program: this.#program,
      isReadOnly: true,
      doing: this.#doing,
      ended: this.#ended,
      proxies: [],
      match: this.#match(),
    };
  }
}

const NO_FIGURES: Omit<ClientState, 'name' | 'status'> = {
  score: null,
  clock: null,
  sent: null,
  received: null,
  lost: null,
  twice: null,
  reordered: null,
  lateUs: null,
  jitterUs: null,
};

/** Before its first datagram a server has no names to show. */
const boardOf = (seen: SeenMatch | null): Omit<MatchState, 'clients' | 'moreClients'> => ({
  home: seen?.home ?? '',
  away: seen?.away ?? '',
  clock: seen?.clock ?? '',
  score: seen?.score ?? [0, 0],
  events: seen?.events ?? [],
});

/** @param count how many clients there are, listed or not */
const matchOfSession = ({ server, clients }: SessionLook, count: number, isRunning: boolean): MatchState => ({
  ...boardOf(server?.match ?? null),
  clients: clients.map((look, k) => clientOfSession(`client ${k + 1}`, look, isRunning)),
  moreClients: count - clients.length,
});

function clientOfSession(name: string, look: RoleLook | null, isRunning: boolean): ClientState {
  if (look === null || look.figures === null) return { ...NO_FIGURES, name, status: 'registering' };
  const { match, figures, isOver } = look;
  const { duplicates: twice, ...others } = figures;
  const status = isRunning ? (isOver ? 'has the end' : 'receiving') : 'has ended';
  const own = { score: match?.score ?? null, clock: match?.clock ?? null };
  return { ...NO_FIGURES, ...own, ...others, name, status, twice };
}

function matchOfServer(seen: SeenMatch | null, clients: readonly ServedClient[]): MatchState {
  // Those that are there first.
  const inOrder = [
    ...clients.filter(({ leftBecause }) => leftBecause === null),
    ...clients.filter(({ leftBecause }) => leftBecause !== null),
  ];
  return {
    ...boardOf(seen),
    clients: inOrder.slice(0, MOST_CLIENTS).map(({ id, peer, sent, leftBecause }): ClientState => ({
      ...NO_FIGURES,
      name: `client ${id} at ${formatHostPort(peer.address, peer.port)}`,
      status: leftBecause === null ? 'streaming' : `left: ${leftBecause}`,
      sent,
    })),
    moreClients: Math.max(0, clients.length - MOST_CLIENTS),
  };
}
