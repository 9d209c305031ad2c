/**
 * The proxy's own addresses: what comes from one of them, or from the upstream, would go round and round.
 *
 * Pure: which addresses are this machine's is told.
 */
import { UsageError } from '../../src/base/errors.ts';
import { isLoopback } from '../../src/base/loopback.ts';
import { formatHostPort } from '../../src/base/quantities.ts';
import type { Peer } from '../../src/net/batch.ts';
import { isWildcard } from '../../src/net/transport.ts';

/** Whether a numeric address is one of this machine's; those on loopback are, anyway. */
export type IsLocal = (address: string) => boolean;

/** Whether a datagram sent to `target` arrives at a socket bound to `bound`. */
function reaches(target: string, bound: string, isLocal: IsLocal): boolean {
  if (target === bound) return true;
  // Sent to no address in particular, it goes to this machine.
  const isHere = isWildcard(target) || isLoopback(target) || isLocal(target);
  // A socket on `::` takes IPv4, too; one on `0.0.0.0` takes nothing else.
  if (isWildcard(bound)) return isHere && (bound === '::' || !target.includes(':') || target === '::');
  return isWildcard(target) && isLoopback(bound);
}

export class OwnPorts {
  readonly #isLocal: IsLocal;
  /** Port number → the addresses it is bound at. */
  readonly #bound = new Map<number, string[]>();

  constructor(isLocal: IsLocal) {
    this.#isLocal = isLocal;
  }

  add({ address, port }: Peer): void {
    this.#bound.set(port, [...(this.#bound.get(port) ?? []), address]);
  }

  delete({ address, port }: Peer): void {
    const left = this.#bound.get(port) ?? [];
    const at = left.indexOf(address);
    if (at >= 0) left.splice(at, 1);
    if (left.length === 0) this.#bound.delete(port);
  }

  /** Whether a datagram that says to come from there came from one of these ports, or would be answered into one. */
  has({ address, port }: Peer): boolean {
    return this.#bound.get(port)?.some((bound) => reaches(address, bound, this.#isLocal)) ?? false;
  }
}

/**
 * Refuses a proxy that would send to itself.
 * @param ports listening ones; 0, which is none yet, is no upstream's
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
