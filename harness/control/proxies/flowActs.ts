/**
 * Toxics that act on a flow itself: closed or rebound, so long after the flow has the toxic.
 */
import { hasShare } from '../../impairment/conditions.ts';
import { shareOf } from '../toxics/toxicConditions.ts';
import type { Toxic } from '../toxics/toxic.ts';
import type { FlowAct } from '../toxics/toxicTypes.ts';
import type { ProxyHandle, ProxyOpener } from './proxyHandle.ts';

interface Armed {
  readonly toxic: Toxic;
  /** Of flows that were open when they were set; by number, with what cancels them. */
  readonly timers: Map<number, () => void>;
  /** At so many, those of closed flows are looked for. */
  pruneAt: number;
}

const PRUNE_AT = 1024;

export class FlowActs {
  readonly #seed: string;
  readonly #after: ProxyOpener['after'];
  readonly #handle: () => Pick<ProxyHandle, 'flows' | 'rebind' | 'closeFlow'> | null;
  /** By the toxic's name. */
  readonly #armed = new Map<string, Armed>();

  constructor(
    seed: string,
    after: ProxyOpener['after'],
    handle: () => Pick<ProxyHandle, 'flows' | 'rebind' | 'closeFlow'> | null,
  ) {
    this.#seed = seed;
    this.#after = after;
    this.#handle = handle;
  }

  /** The toxics that there are now: new and changed ones begin with the flows that are open. */
  follow(toxics: readonly Toxic[]): void {
    const acting = toxics.filter(({ act }) => act !== null);
    for (const [name, { toxic }] of this.#armed) if (!acting.includes(toxic)) this.#disarm(name);
    for (const toxic of acting) {
      if (this.#armed.has(toxic.name)) continue;
      const armed: Armed = { toxic, timers: new Map(), pruneAt: PRUNE_AT };
      this.#armed.set(toxic.name, armed);
      for (const flow of this.#handle()?.flows ?? []) this.#arm(armed, flow);
    }
  }

  flowOpened(flow: number): void {
    for (const armed of this.#armed.values()) this.#arm(armed, flow);
  }

  end(): void {
    for (const name of this.#armed.keys()) this.#disarm(name);
  }

  #arm(armed: Armed, flow: number): void {
    const { toxic, timers } = armed;
    if (timers.size >= armed.pruneAt) this.#prune(armed);
    if (!hasShare(shareOf(toxic), this.#seed, flow)) return;
    const { kind, afterMs } = toxic.act as FlowAct;
    // Of an earlier flow with the number of a client that registered anew.
    timers.get(flow)?.();
    const cancel = this.#after(afterMs, () => {
      timers.delete(flow);
      if (kind === 'close') this.#handle()?.closeFlow(flow);
      else this.#handle()?.rebind(flow);
    });
    timers.set(flow, cancel);
  }

  #prune(armed: Armed): void {
    const open = new Set(this.#handle()?.flows ?? []);
    for (const [flow, cancel] of armed.timers) {
      if (open.has(flow)) continue;
      cancel();
      armed.timers.delete(flow);
    }
    armed.pruneAt = Math.max(PRUNE_AT, 2 * armed.timers.size);
  }

  #disarm(name: string): void {
    for (const cancel of this.#armed.get(name)?.timers.values() ?? []) cancel();
    this.#armed.delete(name);
  }
}
