/**
 * Flows whose clients have asked for a registration and not proved their address: few, and the oldest gives way.
 *
 * Pure. Who floods a proxy with forged registrations fills these places and no others. Addresses of this machine cannot
 * be forged from another one, so theirs give way last.
 */
import { isLoopback } from '../../src/base/loopback.ts';
import type { Flow } from './flow.ts';

/** At a time; each has a socket of its own. */
export const MAX_CANDIDATES = 128;
/** A place is kept for so long at least, nanoseconds: a batch of forged ones does not drive out who is about to answer. */
const MIN_STAY_NS = 20e6;

export class Candidates {
  /** In order of opening. */
  readonly #near = new Set<Flow>();
  readonly #distant = new Set<Flow>();

  get size(): number {
    return this.#near.size + this.#distant.size;
  }

  /** Calls for each; the visitor may remove the one it is given. */
  forEach(visit: (flow: Flow) => void): void {
    for (const flow of this.#near) visit(flow);
    for (const flow of this.#distant) visit(flow);
  }

  /** There is room: see `whoGivesWay`. */
  add(flow: Flow): void {
    this.#of(flow.client.address).add(flow);
  }

  /** False when it is not among them. */
  delete(flow: Flow): boolean {
    return this.#of(flow.client.address).delete(flow);
  }

  /**
   * Who must go before one more comes.
   * @returns null when there is room, `nobody` when the newcomer must wait
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
