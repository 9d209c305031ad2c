/**
 * What a proxy does not pass on, counted by why; and who is told of it, once each.
 *
 * Pure.
 */
import type { ProxyEvent } from './events.ts';

/** Why, and how the closing table says it. All count datagrams, but for `noUpstreamPort` and `uncompleted`. */
const REASONS = {
  portTaken: 'of further clients of a port (--flows N gives each its own)',
  flowsFull: 'of clients beyond --max-flows',
  crowded: 'that asked to register while too many others did',
  loop: 'from the upstream or the proxy itself, in a circle',
  notUpstream: 'from addresses other than the upstream',
  tooLate: 'for flows that were closed, or after the end was asked for',
  withheld: 'withheld from clients whose address was not proved',
  noUpstreamPort: null,
  uncompleted: null,
} as const;

export type IgnoredKind = keyof typeof REASONS;
/** By why: what every proxy has, and what the protocol's handshake refuses. */
export type Ignored = Readonly<IgnoredCounts>;
export type IgnoredCounts = Record<IgnoredKind, number> & Record<string, number>;

type Reasons = Readonly<Record<string, string>>;

export function nothingIgnored({ reasons }: { readonly reasons: Reasons }): IgnoredCounts {
  const kinds = [...Object.keys(reasons), ...Object.keys(REASONS)];
  return Object.fromEntries(kinds.map((kind) => [kind, 0])) as IgnoredCounts;
}

/** What there is to say, a line a reason. */
export function formatIgnored(ignored: Ignored, { reasons }: { readonly reasons: Reasons }): string[] {
  const words: Readonly<Record<string, string | null>> = { ...reasons, ...REASONS };
  return Object.entries(ignored).flatMap(([kind, count]) => {
    if (count === 0) return [];
    const plural = count === 1 ? '' : 's';
    if (kind === 'noUpstreamPort') return `${count} client${plural} without a port towards the upstream`;
    if (kind === 'uncompleted') return `${count} registration${plural} that nobody completed`;
    return `not passed on: ${count} datagram${plural} ${words[kind]}`;
  });
}

/** Who is named of each kind; further ones are counted only. */
const MAX_NAMED = 8;

/** Says each kind of thing once, and where it names somebody once for each of the first few. */
export class Notices {
  readonly #observe: (event: ProxyEvent, nowNs: number) => void;
  readonly #named = new Map<string, Set<string>>();

  constructor(observe: (event: ProxyEvent, nowNs: number) => void) {
    this.#observe = observe;
  }

  /**
   * @param kind of thing
   * @param who it names; the same for all where it names nobody
   */
  say(nowNs: number, kind: string, who: string, event: () => ProxyEvent): void {
    let named = this.#named.get(kind);
    if (named === undefined) this.#named.set(kind, (named = new Set()));
    if (named.size >= MAX_NAMED || named.has(who)) return;
    named.add(who);
    this.#observe(event(), nowNs);
  }
}
