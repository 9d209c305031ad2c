/**
 * The list of differences of a comparison: pairs what arrived and equals nothing with what did not come.
 */
import type { Conversation } from './conversation.ts';
import type { Difference } from './difference.ts';
import type { Stray } from './strays.ts';

/** Maximum number of differences that are listed. */
export const MAX_LISTED = 1000;

/** A difference, and where it stands in the list. */
interface Listed {
  /** Position of the flow; −1 for none. */
  readonly flow: number;
  /** Place among the flow's datagrams; Infinity for one that has none. */
  readonly place: number;
  readonly difference: Difference;
}

export class Findings {
  readonly #conversation: Conversation;
  readonly #listed: Listed[] = [];

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  /**
   * Sets arrivals against rows that did not come: of the same request first, then in order.
   * @param requestOf row of an answer → row of its request; null if only the order counts
   * @returns how many pairs there are, and what is left of both
   */
  pair(
    flow: number,
    strays: readonly Stray[],
    absent: readonly number[],
    requestOf: Int32Array | null,
  ): { readonly pairs: number; readonly strays: readonly Stray[]; readonly absent: readonly number[] } {
    if (strays.length === 0 || absent.length === 0) return { pairs: 0, strays, absent };
    const left = new Set(absent);
    let others = [...strays];
    if (requestOf !== null) {
      const byRequest = new Map<number, number[]>();
      for (const row of absent.toReversed()) {
        const request = requestOf[row] as number;
        const rows = byRequest.get(request);
        if (rows === undefined) byRequest.set(request, [row]);
        else rows.push(row);
      }
      others = others.filter((stray) => {
        const row = byRequest.get(stray.request)?.pop();
        if (row === undefined) return true;
        left.delete(row);
        this.#addDifferent(flow, row, stray);
        return false;
      });
    }
    const rest = [...left];
    const pairs = Math.min(rest.length, others.length);
    for (let k = 0; k < pairs; k += 1) this.#addDifferent(flow, rest[k] as number, others[k] as Stray);
    return {
      pairs: pairs + strays.length - others.length,
      strays: others.slice(pairs),
      absent: rest.slice(pairs),
    };
  }

  /** Adds what no pair has. */
  addRest(flow: number, strays: readonly Stray[], absent: readonly number[]): void {
    for (const row of absent) {
      const { number, place, expected } = this.#recorded(flow, row);
      this.#add(flow, place, { kind: 'missing', flow: number, place, expected });
    }
    const number = flow < 0 ? null : (this.#conversation.flows[flow]?.number ?? null);
    for (const { from, bytes } of strays)
      this.#add(flow, Infinity, { kind: 'additional', flow: number, from, got: bytes });
  }

  addRepeated(row: number): void {
    const flow = this.#conversation.flowOf[row] as number;
    const { number, place } = this.#recorded(flow, row);
    this.#add(flow, place, { kind: 'repeated', flow: number, place });
  }

  /** By flow and place; those of no flow last. */
  sorted(): Difference[] {
    return this.#listed
      .toSorted((one, other) =>
        one.flow === other.flow
          ? one.place === other.place
            ? 0
            : one.place - other.place
          : (one.flow < 0 ? Infinity : one.flow) - (other.flow < 0 ? Infinity : other.flow),
      )
      .map(({ difference }) => difference);
  }

  #addDifferent(flow: number, row: number, { bytes }: Stray): void {
    const { number, place, expected } = this.#recorded(flow, row);
    this.#add(flow, place, { kind: 'different', flow: number, place, expected, got: bytes });
  }

  #recorded(flow: number, row: number): { number: number; place: number; expected: Uint8Array } {
    const { payloads, lengths, places, flows } = this.#conversation;
    payloads.find(row);
    const { bytes, start } = payloads;
    return {
      number: flows[flow]?.number as number,
      place: places[row] as number,
      expected: bytes.slice(start, start + (lengths[row] as number)),
    };
  }

  #add(flow: number, place: number, difference: Difference): void {
    if (this.#listed.length < MAX_LISTED) this.#listed.push({ flow, place, difference });
  }
}
