/**
 * Where the datagrams of one flow's client go, and whose datagrams are taken for answers.
 *
 * A flow begins at the upstream that was named. With `--answers any-port` or `any-address` it moves to whoever answered
 * last, as a TFTP server answers from a port of its own. It goes back where that address refuses, or stays silent
 * although the client sends: the client's next request is for the named address again. A group or a broadcast address is
 * never moved away from, and everybody may answer.
 */
import { isLoopback } from '../../../src/base/loopback.ts';
import type { Peer } from '../../../src/net/batch.ts';

/** Whose datagrams are taken for answers: those of the named address and port, of any port there, or of anybody. */
export type Answers = 'upstream' | 'any-port' | 'any-address';

export const ANSWERS: readonly Answers[] = ['upstream', 'any-port', 'any-address'];

/** After this long without an answer to the client's datagrams, a flow goes back, nanoseconds. */
export const AWAY_SILENCE_NS = 5e9;

/** The rules for all flows of a proxy. */
export interface RouteRules {
  /** Default `upstream`. */
  readonly answers?: Answers;
  /** Whether the upstream is a group or a broadcast address. */
  readonly isSharedUpstream?: boolean;
}

/**
 * Whether two addresses are the same machine's, as far as the addresses themselves say it. A server on loopback that
 * listens on all addresses answers from 127.0.0.1, whichever address of 127.0.0.0/8 was asked.
 */
const isSameMachine = (a: string, b: string): boolean =>
  a === b || (isLoopback(a) && isLoopback(b) && a.includes(':') === b.includes(':'));

export const isSamePeer = (a: Peer, b: Peer): boolean => a.port === b.port && a.address === b.address;

/** Whether answers may come from another address or port than datagrams are sent to. */
export const mayAnswerElsewhere = (
  { address }: Peer,
  { answers = 'upstream', isSharedUpstream = false }: RouteRules,
): boolean =>
  answers !== 'upstream' ||
  isSharedUpstream ||
  (isLoopback(address) && address !== '127.0.0.1' && address !== '::1');

export class Route {
  /** The upstream that was named when the flow began. */
  readonly asked: Peer;
  /** Where the client's datagrams go now. */
  to: Peer;
  readonly #answers: Answers;
  readonly #isShared: boolean;
  /** Since when the client's datagrams are not answered; NaN after an answer. */
  #unansweredNs = Number.NaN;

  constructor(asked: Peer, { answers = 'upstream', isSharedUpstream = false }: RouteRules) {
    this.asked = asked;
    this.to = asked;
    this.#answers = answers;
    this.#isShared = isSharedUpstream;
  }

  get isAway(): boolean {
    return this.to !== this.asked;
  }

  /** Whether a datagram from this peer is an answer. */
  accepts(from: Peer): boolean {
    if (from === this.to || this.#isShared || this.#answers === 'any-address') return true;
    if (!isSameMachine(from.address, this.asked.address)) return false;
    return this.#answers === 'any-port' || from.port === this.asked.port;
  }

  /** Whether the flow moves to a peer that answered: its datagrams go there from now on. */
  moveTo(from: Peer): boolean {
    if (this.#isShared || this.#answers === 'upstream' || isSamePeer(from, this.to)) return false;
    this.to = isSamePeer(from, this.asked) ? this.asked : from;
    return true;
  }

  goBack(): void {
    this.to = this.asked;
  }

  /** A datagram was accepted from the upstream. */
  noteAnswer(): void {
    this.#unansweredNs = Number.NaN;
  }

  /** A datagram came from the client. Returns true where the flow goes back, because nothing has been answered for long. */
  noteAsked(nowNs: number): boolean {
    if (!this.isAway) return false;
    if (Number.isNaN(this.#unansweredNs)) this.#unansweredNs = nowNs;
    if (nowNs - this.#unansweredNs < AWAY_SILENCE_NS) return false;
    this.#unansweredNs = Number.NaN;
    this.goBack();
    return true;
  }
}
