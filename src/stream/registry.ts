/**
 * The server's register of clients: who gets the stream, from which count on, and what each was sent.
 *
 * Keyed by address and port. Bounded (places.ts), and it keeps no more of those that are gone than there are places,
 * of one address no more than that one may have. Nothing but `members` and `present` takes longer where there are
 * more of them, so that who registers in masses costs the others nothing. It sends nothing itself.
 */
import { AgeSet } from './ageSet.ts';
import { peerKey } from '../net/batch.ts';
import type { Peer } from '../net/batch.ts';
import { Backoff } from './backoff.ts';
import { Places, networkOf } from './places.ts';
import type { NoPlace, PlaceLimits } from './places.ts';

/** `streaming` gets the stream; `ending` is being told of its end; `gone` is kept to answer a repeated request. */
export type Membership = 'streaming' | 'ending' | 'gone';

export interface Member {
  readonly id: number;
  readonly peer: Peer;
  /** Proves to the client that an answer is the server's. Empty for an original client. */
  readonly nonce: string;
  /** The last one it has shown. */
  token: string;
  /** An original program: no alives, no nonce, its own message format. */
  readonly original: boolean;
  /** First count it was promised. */
  readonly nextCount: number;
  /** Changed by the registry alone, which counts them. */
  readonly membership: Membership;
  /** Stream datagrams the transport took for it. */
  sent: number;
  /** Stream datagrams the transport refused. */
  refused: number;
  /** Sweeps of the registry since it was last heard. */
  silentSweeps: number;
  /** Sweeps in a row since which nothing of what it was to be sent could be sent. */
  refusedSweeps: number;
  /** What `sent` and `refused` were at the last sweep. */
  sweptSent: number;
  sweptRefused: number;
  /** The request it was last answered, and in which of the outbox's rounds. */
  answered: string;
  answeredDrain: number;
  /** When it became `gone`, nanoseconds; NaN before. */
  readonly goneSinceNs: number;
  /** Last count it was sent; what `end` tells it. */
  endCount: number;
  readonly leftBecause: string | null;
  readonly ending: Backoff;
}

/** What of a member only the registry changes. */
type Kept = {
  -readonly [Key in keyof Member]: Member[Key];
} & { readonly network: string };

/** Largest client id the protocol can carry; far more than the members of any registry. */
const MAX_ID = 1_000_000;
const END_FIRST_WAIT_NS = 100e6;
const MAX_END_WAIT_NS = 1e9;
/** Ends without an answer; a client that shows life is told for longer (server.ts). */
const END_ATTEMPTS = 8;
const ORIGINAL_END_ATTEMPTS = 3;

export class Registry {
  readonly #max: number;
  readonly #places: Places;
  readonly #byPeer = new Map<string, Kept>();
  readonly #present = new Set<Kept>();
  /** In order of leaving: in all, original clients apart, so that these cannot push the others out; and by network. */
  readonly #gone = new AgeSet<Kept>();
  readonly #goneOriginals = new AgeSet<Kept>();
  readonly #goneOf = new Map<string, AgeSet<Kept>>();
  readonly #counts: Record<Membership, number> = { streaming: 0, ending: 0, gone: 0 };
  readonly #ids = new Set<number>();
  readonly #left = new AgeSet<Kept>();
  #nextId = 1;

  constructor(limits: PlaceLimits) {
    this.#max = limits.max;
    this.#places = new Places(limits);
  }

  /** Present and gone, in order of registration. */
  members(): IterableIterator<Member> {
    return this.#byPeer.values();
  }

  /** Those that are not gone, in order of registration. */
  present(): IterableIterator<Member> {
    return this.#present.values();
  }

  /** Members that left the registry altogether, the most recent of them, for the closing report. */
  get left(): readonly Member[] {
    return [...this.#left.values()];
  }

  find(peer: Peer): Member | undefined {
    return this.#byPeer.get(peerKey(peer));
  }

  count(membership: Membership): number {
    return this.#counts[membership];
  }

  /** Why a client has no place; null when it has one. Who is gone takes nobody's. */
  refusal(peer: Peer, original: boolean): NoPlace | null {
    return this.#places.refusal(networkOf(peer.address), original);
  }

  /** Adds a client that is not refused and not there yet. `wishedId` is granted when it is free. */
  add(
    peer: Peer,
    wishedId: number | null,
    about: { nonce: string; token: string; original: boolean; nextCount: number },
  ): Member {
    const network = networkOf(peer.address);
    const key = peerKey(peer);
    if (this.#byPeer.has(key) || this.#places.refusal(network, about.original) !== null)
      throw new Error(`there is no place for ${key}`);
    this.#places.take(network, about.original);
    const member: Kept = {
      nonce: about.nonce,
      token: about.token,
      original: about.original,
      nextCount: about.nextCount,
      network,
      id: this.#takeId(wishedId),
      peer,
      membership: 'streaming',
      sent: 0,
      refused: 0,
      silentSweeps: 0,
      refusedSweeps: 0,
      sweptSent: 0,
      sweptRefused: 0,
      answered: '',
      answeredDrain: -1,
      goneSinceNs: Number.NaN,
      endCount: about.nextCount - 1,
      leftBecause: null,
      ending: new Backoff(
        END_FIRST_WAIT_NS,
        MAX_END_WAIT_NS,
        about.original ? ORIGINAL_END_ATTEMPTS : END_ATTEMPTS,
      ),
    };
    this.#counts.streaming += 1;
    this.#byPeer.set(key, member);
    this.#present.add(member);
    return member;
  }

  /** From now on it is told of the end. */
  beginEnding(member: Member, nowNs: number): void {
    this.#turn(this.#own(member), 'ending');
    member.ending.start(nowNs);
  }

  /**
   * Its place is free, and it is kept to answer the repeats of its last request. Where too many are kept, who has been
   * gone for the longest is forgotten.
   */
  leave(member: Member, nowNs: number, reason: string): void {
    const own = this.#own(member);
    if (own.membership === 'gone') return;
    this.#turn(own, 'gone');
    this.#present.delete(own);
    this.#places.free(own.network, own.original);
    own.goneSinceNs = nowNs;
    own.leftBecause = reason;
    own.ending.stop();
    const gone = this.#goneLike(own);
    gone.add(own);
    if (gone.size > this.#max) this.#forgetOldest(gone);
    if (own.original) return;
    let here = this.#goneOf.get(own.network);
    if (here === undefined) this.#goneOf.set(own.network, (here = new AgeSet()));
    here.add(own);
    if (here.size > this.#places.maxPerAddress) this.#forgetOldest(here);
  }

  /** Forgets those that have been gone since before this time, nanoseconds. */
  forgetGone(beforeNs: number): void {
    for (const gone of [this.#gone, this.#goneOriginals]) {
      let oldest = gone.oldest;
      while (oldest !== undefined && oldest.goneSinceNs < beforeNs) {
        this.remove(oldest);
        oldest = gone.oldest;
      }
    }
  }

  /** Forgets a member that is gone; its figures stay in `left`. */
  remove(member: Member): void {
    const own = this.#own(member);
    if (own.membership !== 'gone') throw new Error(`client ${own.id} has not left`);
    this.#counts.gone -= 1;
    this.#byPeer.delete(peerKey(own.peer));
    this.#ids.delete(own.id);
    this.#goneLike(own).delete(own);
    const here = this.#goneOf.get(own.network);
    here?.delete(own);
    if (here?.size === 0) this.#goneOf.delete(own.network);
    this.#left.add(own);
    const oldest = this.#left.oldest;
    if (this.#left.size > this.#max && oldest !== undefined) this.#left.delete(oldest);
  }

  #own(member: Member): Kept {
    const own = this.#byPeer.get(peerKey(member.peer));
    if (own !== member) throw new Error(`client ${member.id} is not in this registry`);
    return own;
  }

  #turn(member: Kept, membership: Membership): void {
    this.#counts[member.membership] -= 1;
    this.#counts[membership] += 1;
    member.membership = membership;
  }

  #goneLike({ original }: Kept): AgeSet<Kept> {
    return original ? this.#goneOriginals : this.#gone;
  }

  #forgetOldest(gone: AgeSet<Kept>): void {
    const oldest = gone.oldest;
    if (oldest !== undefined) this.remove(oldest);
  }

  /** Never above MAX_ID, whatever a client wished for: an answer with such an id could not be encoded. */
  #takeId(wished: number | null): number {
    let id = wished;
    while (id === null || this.#ids.has(id)) {
      id = this.#nextId;
      this.#nextId = id === MAX_ID ? 1 : id + 1;
    }
    this.#ids.add(id);
    return id;
  }
}
