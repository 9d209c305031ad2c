/**
 * What a proxy does not pass on, counted by why; and who is told of it, once each.
 *
 * Pure.
 */
import type { ProxyEvent } from './events.ts';
import type { Finding } from './flowWatch.ts';

/** Why, and how the closing table says it. All count datagrams, but for `noUpstreamPort` and `uncompleted`. */
const REASONS = {
  notOurs: 'of another protocol (--protocol any forwards them)',
  noFlow: 'of clients that have no flow',
  portTaken: 'of further clients of a port (--flows N gives each its own)',
  flowsFull: 'of clients beyond --max-flows',
  unprovedOriginal: 'of original clients on other machines (--allow-unverified lets them in)',
  unknownToken: 'that showed a token they were not sent through here',
  crowded: 'that asked to register while too many others did',
  loop: 'from the upstream or the proxy itself, in a circle',
  notUpstream: 'from addresses other than the upstream',
  tooLate: 'for flows that were closed, or after the end was asked for',
  withheld: 'withheld from clients whose address was not proved',
  noUpstreamPort: null,
  uncompleted: null,
} as const;

export type IgnoredKind = keyof typeof REASONS;
export type Ignored = Readonly<Record<IgnoredKind, number>>;

const KINDS = Object.keys(REASONS) as IgnoredKind[];

export const nothingIgnored = (): Record<IgnoredKind, number> =>
  Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<IgnoredKind, number>;

/** What there is to say, a line a reason. */
export function formatIgnored(ignored: Ignored): string[] {
  return KINDS.filter((kind) => ignored[kind] > 0).map((kind) => {
    const count = ignored[kind];
    const plural = count === 1 ? '' : 's';
    if (kind === 'noUpstreamPort') return `${count} client${plural} without a port towards the upstream`;
    if (kind === 'uncompleted') return `${count} registration${plural} that nobody completed`;
    return `not passed on: ${count} datagram${plural} ${REASONS[kind]}`;
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
  say(nowNs: number, kind: IgnoredKind | Finding, who: string, event: () => ProxyEvent): void {
    let named = this.#named.get(kind);
    if (named === undefined) this.#named.set(kind, (named = new Set()));
    if (named.size >= MAX_NAMED || named.has(who)) return;
    named.add(who);
    this.#observe(event(), nowNs);
  }
}
