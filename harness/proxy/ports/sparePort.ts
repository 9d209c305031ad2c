/**
 * An upstream port that is opened ahead of time, so that the first datagram of the next flow need not wait for one.
 */
import { isSamePeer } from './route.ts';
import type { Peer } from '../../../src/net/batch.ts';

/** Opens a port towards an upstream. */
export type OpenTowards = (to: Peer) => number | Promise<number>;

export class SparePort {
  readonly #open: OpenTowards;
  readonly #close: (port: number) => void;
  #spare: { readonly port: number; readonly to: Peer } | null = null;
  #isOpening = false;

  constructor(open: OpenTowards, close: (port: number) => void) {
    this.#open = open;
    this.#close = close;
  }

  /** The spare port, if there is one for this upstream. The next one is opened after the current step. */
  take(to: Peer): number | null {
    const spare = this.#spare;
    this.#spare = null;
    void this.prepare(to);
    if (spare === null) return null;
    if (isSamePeer(spare.to, to)) return spare.port;
    this.#close(spare.port);
    return null;
  }

  /** Opens a spare port, unless there is one. Where that fails, the flow that needs a port opens it, and tells why not. */
  async prepare(to: Peer): Promise<void> {
    if (this.#isOpening || this.#spare !== null) return;
    this.#isOpening = true;
    // The datagram of the current step must not wait for it.
    await Promise.resolve();
    try {
      this.#spare = { port: await this.#open(to), to };
    } catch {
      // As said above.
    } finally {
      this.#isOpening = false;
    }
  }
}
