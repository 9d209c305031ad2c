/**
 * The proxy's own addresses: a datagram from one of them would loop through the proxy for ever.
 */
import { UsageError } from '../../../src/base/errors.ts';
import { isLoopback } from '../../../src/base/loopback.ts';
import { formatHostPort } from '../../../src/base/quantities.ts';
import type { Peer } from '../../../src/net/batch.ts';
import { isWildcard } from '../../../src/net/transport.ts';

/** Whether a numeric address is one of this machine's; those on loopback always are. */
export type IsLocal = (address: string) => boolean;

/** Whether a datagram sent to `target` arrives at a socket bound to `bound`. */
function reaches(target: string, bound: string, isLocal: IsLocal): boolean {
  if (target === bound) return true;
  // A datagram to a wildcard address goes to this machine.
  const isHere = isWildcard(target) || isLoopback(target) || isLocal(target);
  // A socket on `::` also receives IPv4; one on `0.0.0.0` only IPv4.
  if (isWildcard(bound)) return isHere && (bound === '::' || !target.includes(':') || target === '::');
  return isWildcard(target) && isLoopback(bound);
}

/** An address that a port is bound at. */
interface Bound {
  readonly address: string;
  /** Since when at the earliest, nanoseconds: before, the port was somebody else's. */
  readonly sinceNs: number;
}

export class OwnPorts {
  readonly #isLocal: IsLocal;
  /** Port number → the addresses it is bound at. */
  readonly #bound = new Map<number, Bound[]>();

  constructor(isLocal: IsLocal) {
    this.#isLocal = isLocal;
  }

  /** @param sinceNs when it was requested, on the clock of arrivals */
  add({ address, port }: Peer, sinceNs = Number.NEGATIVE_INFINITY): void {
    this.#bound.set(port, [...(this.#bound.get(port) ?? []), { address, sinceNs }]);
  }

  delete({ address, port }: Peer): void {
    const left = this.#bound.get(port) ?? [];
    const at = left.findIndex((bound) => bound.address === address);
    if (at >= 0) left.splice(at, 1);
    if (left.length === 0) this.#bound.delete(port);
  }

  /**
   * Whether a datagram with this source came from one of these ports, or an answer would go to one. The system may have given
   * a port of a client that is gone to the proxy: what that client sent before is its own.
   */
  has({ address, port }: Peer, arrivalNs: number): boolean {
    const bound = this.#bound.get(port) ?? [];
    return bound.some((one) => arrivalNs >= one.sinceNs && reaches(address, one.address, this.#isLocal));
  }
}

/**
 * Refuses a proxy whose upstream is itself.
 * @param ports listening ports; 0, not yet chosen, matches no upstream
 * @throws UsageError
 */
export function checkNoLoop(listen: string, ports: readonly number[], server: Peer, isLocal: IsLocal): void {
  if (!ports.includes(server.port) || !reaches(server.address, listen, isLocal)) return;
  const upstream = formatHostPort(server.address, server.port);
  throw new UsageError(
    'conflict',
    '--upstream',
    `expected the server's address, got ${upstream}, where this proxy itself listens (--listen ` +
      `${formatHostPort(listen, server.port)}); give one of them another port`,
  );
}
