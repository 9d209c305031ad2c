/**
 * The end of a proxy. Asked for, it comes when everything has left that had arrived by then: at the latest when the last
 * datagram is scheduled to. Asked for twice, it comes at once.
 */
import type { FlowTable } from './flows/flowTable.ts';
import { READING_NS } from './flows/sweepTimes.ts';

/** What is waited for when the end is asked for first. */
export interface Awaited {
  readonly datagrams: number;
  /** How long at most, nanoseconds. */
  readonly waitNs: number;
}

export class Ending {
  /** Latest time of the end; Infinity until it is asked for. */
  byNs = Number.POSITIVE_INFINITY;
  /** Earliest time of the end: what had arrived when it was asked for has been read by then. */
  readByNs = Number.POSITIVE_INFINITY;
  #askedNs = Number.POSITIVE_INFINITY;
  #isAskedAgain = false;
  readonly #flows: FlowTable;
  readonly #readingNs: number;

  /** @param isVirtual whether the clock jumps, so that nothing waits to be read */
  constructor(flows: FlowTable, isVirtual: boolean) {
    this.#flows = flows;
    this.#readingNs = isVirtual ? 0 : READING_NS;
  }

  get isAsked(): boolean {
    return this.#askedNs !== Number.POSITIVE_INFINITY;
  }

  /** Whether the end has been asked for and nothing has to leave any more. */
  get isEmpty(): boolean {
    return this.isAsked && this.#flows.isEmpty;
  }

  isOver(nowNs: number): boolean {
    return nowNs >= this.byNs || (nowNs >= this.readByNs && this.isEmpty);
  }

  /** Returns what is waited for; null for nothing. */
  ask(nowNs: number): Awaited | null {
    const isFirst = !this.isAsked;
    if (isFirst) this.#askedNs = nowNs;
    else this.#isAskedAgain = true;
    let datagrams = 0;
    let lastNs = nowNs;
    this.#flows.beginEnd();
    this.#flows.forEach((flow) => {
      flow.close(nowNs);
      datagrams += flow.pending;
      lastNs = Math.max(lastNs, flow.lastDepartureNs(nowNs));
      this.#flows.touch(flow);
      this.#flows.note(flow);
    });
    lastNs = Math.max(lastNs, this.#flows.linksEmptyNs);
    this.readByNs = isFirst ? nowNs + this.#readingNs : nowNs;
    this.byNs = isFirst ? Math.max(lastNs, this.readByNs) : nowNs;
    return isFirst && datagrams > 0 ? { datagrams, waitNs: lastNs - nowNs } : null;
  }

  /** Waits for what has arrived in time and was read since. */
  extend(nowNs: number): void {
    if (this.#isAskedAgain) return;
    this.byNs = Math.max(this.byNs, this.#flows.linksEmptyNs);
    for (const flow of this.#flows.touched) this.byNs = Math.max(this.byNs, flow.lastDepartureNs(nowNs));
  }
}
