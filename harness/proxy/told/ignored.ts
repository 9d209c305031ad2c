/**
 * Datagrams that a proxy does not pass on, counted by reason; and notices of them, each once.
 */
import { peerKey } from '../../../src/net/batch.ts';
import type { Peer } from '../../../src/net/batch.ts';
import type { ProxyEvent } from './events.ts';

/** Reasons, and their texts in the closing table; null for those that do not count datagrams. */
const REASONS = {
  portTaken: 'of further clients of a port (--flows N gives each its own)',
  flowsFull: 'of clients beyond --max-flows',
  crowded: 'that asked to register while too many others did',
  loop: 'from the upstream or the proxy itself, in a circle',
  notUpstream: 'from addresses other than the upstream',
  tooLate: 'for flows that were closed, or after the end was asked for',
  withheld: 'withheld from clients whose address was not proved',
  noPort: 'of clients for whom no port towards the upstream could be opened',
  noUpstreamPort: null,
  uncompleted: null,
  gaveWay: null,
} as const;

export type IgnoredKind = keyof typeof REASONS;
/** Counts by reason: those of every proxy, and those of the protocol's handshake. */
export type Ignored = Readonly<IgnoredCounts>;
export type IgnoredCounts = Record<IgnoredKind, number> & Record<string, number>;

type Reasons = Readonly<Record<string, string>>;

export function nothingIgnored({ reasons }: { readonly reasons: Reasons }): IgnoredCounts {
  const kinds = [...Object.keys(reasons), ...Object.keys(REASONS)];
  return Object.fromEntries(kinds.map((kind) => [kind, 0])) as IgnoredCounts;
}

/** The lines of the closing table, one per reason. */
export function formatIgnored(ignored: Ignored, { reasons }: { readonly reasons: Reasons }): string[] {
  const words: Readonly<Record<string, string | null>> = { ...reasons, ...REASONS };
  return Object.entries(ignored).flatMap(([kind, count]) => {
    if (count === 0) return [];
    const plural = count === 1 ? '' : 's';
    if (kind === 'noUpstreamPort') return `${count} client${plural} without a port towards the upstream`;
    if (kind === 'uncompleted') return `${count} registration${plural} that nobody completed`;
    if (kind === 'gaveWay')
      return `${count} flow${plural}, silent for the longest, gave way to new clients (--max-flows)`;
    return `not passed on: ${count} datagram${plural} ${words[kind]}`;
  });
}

/** Number of peers named of each kind; further ones are only counted. */
const MAX_NAMED = 8;

/** Gives each notice once; a notice that names a peer once for each of the first few peers. */
export class Notices {
  readonly #observe: (event: ProxyEvent, nowNs: number) => void;
  readonly #named = new Map<string, Set<string>>();

  constructor(observe: (event: ProxyEvent, nowNs: number) => void) {
    this.#observe = observe;
  }

  /**
   * @param kind of notice
   * @param who the peer it names; the same text for all if it names none
   */
  say(nowNs: number, kind: string, who: string, event: () => ProxyEvent): void {
    let named = this.#named.get(kind);
    if (named === undefined) this.#named.set(kind, (named = new Set()));
    if (named.size >= MAX_NAMED || named.has(who)) return;
    named.add(who);
    this.#observe(event(), nowNs);
  }
}

/** Counts what is not passed on, and tells each reason once for each sender. */
export class Ignoring {
  readonly counts: IgnoredCounts;
  /** Time of the step, for what is told. */
  nowNs = 0;
  readonly #notices: Notices;

  constructor(protocol: { readonly reasons: Reasons }, observe: (event: ProxyEvent, nowNs: number) => void) {
    this.counts = nothingIgnored(protocol);
    this.#notices = new Notices(observe);
  }

  ignore(why: string, from: Peer, event: () => ProxyEvent): undefined {
    this.counts[why] = (this.counts[why] ?? 0) + 1;
    this.say(why, peerKey(from), event);
  }

  /** As `Notices.say`, at the time of the step. */
  say(kind: string, who: string, event: () => ProxyEvent): void {
    this.#notices.say(this.nowNs, kind, who, event);
  }
}
