/**
 * The kernel's drops at the ports of a proxy. A listening port that was closed and opened again is one port to its
 * clients: its drops are a sum.
 */
import type { Host, KernelDrops } from '../../../src/net/network.ts';

const UNKNOWN: KernelDrops = { drops: null, coalesced: false };

/** Unknown where one of them is. */
const add = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b);

export class DropSums {
  /** At the upstream ports of flows that are reported in sums only; null where unknown. */
  forgottenDown: number | null = 0;
  /** Port of a flow → the one that it left for it. */
  readonly #left = new Map<number, number>();
  readonly #host: Pick<Host, 'kernelDrops'>;
  /** By listening port: its number now, and the drops under earlier numbers. */
  readonly #listening: { number: number; earlier: number | null }[];

  constructor(host: Pick<Host, 'kernelDrops'>, listening: number) {
    this.#host = host;
    this.#listening = Array.from({ length: listening }, (_, number) => ({ number, earlier: 0 }));
  }

  /** Of a flow: at its port, and at those that it has left. @param port −1 for one that was never opened */
  ofPort(port: number): KernelDrops {
    if (port < 0) return UNKNOWN;
    let { drops, coalesced } = this.#host.kernelDrops(port);
    for (let one = this.#left.get(port); one !== undefined; one = this.#left.get(one)) {
      const before = this.#host.kernelDrops(one);
      drops = add(drops, before.drops);
      coalesced ||= before.coalesced;
    }
    return { drops, coalesced };
  }

  ofListening(index: number): KernelDrops {
    const port = this.#listening[index];
    if (port === undefined) return UNKNOWN;
    const { drops, coalesced } = this.#host.kernelDrops(port.number);
    return { drops: add(drops, port.earlier), coalesced };
  }

  /** A listening port has a new number. */
  reopened(index: number, number: number): void {
    const port = this.#listening[index];
    if (port === undefined) return;
    port.earlier = this.ofListening(index).drops;
    port.number = number;
  }

  /** A flow has left its port for another one. */
  moved(left: number, port: number): void {
    this.#left.set(port, left);
  }

  /** A flow will be reported in sums only. */
  forget(upstreamPort: number): void {
    this.forgottenDown = add(this.forgottenDown, this.ofPort(upstreamPort).drops);
    for (let one: number | undefined = upstreamPort, next; one !== undefined; one = next) {
      next = this.#left.get(one);
      this.#left.delete(one);
    }
  }
}
