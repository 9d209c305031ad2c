/**
 * When each flow must wake, and which ones nobody has used for the longest.
 *
 * No operation visits all flows. Activity is noted nowhere: a flow's place in the order of silence is brought up to date when
 * it comes first. A flow that holds or delays datagrams is not silent; it gets a place when they have left.
 */
import { Deadlines } from './deadlines.ts';
import type { Flow } from './flow.ts';

const dueNs = (flow: Flow, wakeNs: number): number =>
  Math.min(wakeNs, flow.watch.nextNs(), flow.rebinds?.nextNs ?? Number.POSITIVE_INFINITY);
const NOBODY: Flow[] = [];
const inOrder = (a: Flow, b: Flow): number => a.order - b.order;

export class FlowTimes {
  /** By slot; slots are reused. */
  readonly #flows: (Flow | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #wakes = new Deadlines();
  /** Last activity, or an earlier one, of the admitted flows that hold nothing, as far as known. */
  readonly #silence = new Deadlines();

  /** Time of the next wake of any flow, nanoseconds. */
  get nextNs(): number {
    return this.#wakes.firstNs;
  }

  add(flow: Flow): void {
    flow.slot = this.#free.pop() ?? this.#flows.length;
    this.#flows[flow.slot] = flow;
  }

  /** From now on its silence counts. */
  admit(flow: Flow): void {
    this.#silence.set(flow.slot, flow.lastActiveNs);
  }

  delete(flow: Flow): void {
    const { slot } = flow;
    if (slot < 0) return;
    this.#wakes.set(slot, Number.POSITIVE_INFINITY);
    this.#silence.set(slot, Number.POSITIVE_INFINITY);
    this.#flows[slot] = undefined;
    this.#free.push(slot);
    flow.slot = -1;
  }

  /** Call it after everything that may change when a flow must wake. */
  note(flow: Flow): void {
    if (flow.slot < 0) return;
    const wakeNs = flow.nextWakeNs();
    this.#wakes.set(flow.slot, dueNs(flow, wakeNs));
    if (!flow.isParked || wakeNs < Number.POSITIVE_INFINITY) return;
    flow.isParked = false;
    this.#silence.set(flow.slot, flow.lastActiveNs);
  }

  /** The flows that must wake by now, in their order; `note` them afterwards. */
  due(nowNs: number): Flow[] {
    if (this.#wakes.firstNs > nowNs) return NOBODY;
    const due: Flow[] = [];
    while (this.#wakes.firstNs <= nowNs) {
      const slot = this.#wakes.firstSlot;
      this.#wakes.set(slot, Number.POSITIVE_INFINITY);
      due.push(this.#flows[slot] as Flow);
    }
    return due.toSorted(inOrder);
  }

  /** Whether any flow may have been silent for so long: `takeSilent` looks again. */
  isAnySilent(nowNs: number, silenceNs: number): boolean {
    return nowNs - this.#silence.firstNs >= silenceNs;
  }

  /** Takes the flows that hold nothing and have been silent for so long, in their order; they are to be closed. */
  takeSilent(nowNs: number, silenceNs: number, most: number): Flow[] {
    if (!this.isAnySilent(nowNs, silenceNs)) return NOBODY;
    const silent: Flow[] = [];
    while (silent.length < most) {
      const flow = this.mostSilent();
      if (flow === null || nowNs - flow.lastActiveNs < silenceNs) break;
      silent.push(flow);
      this.#silence.set(flow.slot, Number.POSITIVE_INFINITY);
    }
    return silent.toSorted(inOrder);
  }

  /** The flow that holds nothing and has been silent for the longest; null if all hold something. */
  mostSilent(): Flow | null {
    while (this.#silence.count > 0) {
      const slot = this.#silence.firstSlot;
      const flow = this.#flows[slot] as Flow;
      const isHolding = flow.nextWakeNs() < Number.POSITIVE_INFINITY;
      if (!isHolding && flow.lastActiveNs <= this.#silence.firstNs) return flow;
      flow.isParked = isHolding;
      this.#silence.set(slot, isHolding ? Number.POSITIVE_INFINITY : flow.lastActiveNs);
    }
    return null;
  }
}
