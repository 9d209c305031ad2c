/**
 * Candidates: flows whose clients have requested a registration but not proved their address. Their number is limited;
 * the oldest is replaced.
 *
 * A flood of forged registrations fills only these places. Addresses of this machine cannot be forged from another one,
 * so their candidates are replaced last.
 */
import { isLoopback } from '../../../src/base/loopback.ts';
import type { Flow } from './flow.ts';

/** Maximum number at a time; each has its own socket. */
export const MAX_CANDIDATES = 128;
/** Minimum time that a place is kept, nanoseconds, so that a batch of forged ones does not replace a client about to answer. */
const MIN_STAY_NS = 20e6;

export class Candidates {
  /** In order of opening. */
  readonly #near = new Set<Flow>();
  readonly #distant = new Set<Flow>();

  get size(): number {
    return this.#near.size + this.#distant.size;
  }

  /** Calls `visit` for each; it may delete the flow it is given. */
  forEach(visit: (flow: Flow) => void): void {
    for (const flow of this.#near) visit(flow);
    for (const flow of this.#distant) visit(flow);
  }

  /** Adds a flow; there must be room: see `whoGivesWay`. */
  add(flow: Flow): void {
    this.#of(flow.client.address).add(flow);
  }

  /** Returns false if it is not among them. */
  delete(flow: Flow): boolean {
    return this.#of(flow.client.address).delete(flow);
  }

  /**
   * The flow that must be closed before another one is added.
   * @returns null if there is room, `nobody` if the new client must wait
   */
  whoGivesWay(nowNs: number, address: string): Flow | null | 'nobody' {
    if (this.size < MAX_CANDIDATES) return null;
    const [oldest] = this.#distant.size > 0 ? this.#distant : this.#near;
    const mustWait = !isLoopback(address) && nowNs - (oldest?.openedNs ?? nowNs) < MIN_STAY_NS;
    return oldest === undefined || mustWait ? 'nobody' : oldest;
  }

  #of(address: string): Set<Flow> {
    return isLoopback(address) ? this.#near : this.#distant;
  }
}
