/**
 * Compares what arrived with the recorded datagrams of one direction, byte for byte but for ignored bytes.
 *
 * The order does not count. An arrival takes the first recorded datagram of its flow that equals it. At the end, what
 * equals none is set against what did not come: of the same request first, then in order; each such pair is a datagram
 * that differs.
 */
import type { Peer } from '../../../src/net/batch.ts';
import type { ByteRanges } from './byteRanges.ts';
import type { Conversation } from './conversation.ts';
import type { Difference } from './difference.ts';
import { Findings, MAX_LISTED } from './findings.ts';
import { PayloadIndex } from './payloadIndex.ts';
import { Strays } from './strays.ts';
import type { Stray } from './strays.ts';

/** Figures of one flow. */
export interface FlowTally {
  /** Number of the flow in the recording. */
  readonly flow: number;
  readonly expected: number;
  readonly arrived: number;
  readonly same: number;
  readonly different: number;
  readonly missing: number;
  /** Neither expected nor different, those that came again included. */
  readonly additional: number;
  /** Equal to one that had come already. */
  readonly repeated: number;
}

export interface Compared {
  /** By flow. */
  readonly tallies: readonly FlowTally[];
  /** Arrivals of no flow that no recorded datagram is set against. */
  readonly ofNoFlow: number;
  /** The first of them, by flow. */
  readonly differences: readonly Difference[];
}

/** What is certain of one flow while it is played: nothing of it can end lower. */
export interface CertainOfFlow {
  readonly received: number;
  readonly lost: number;
  readonly duplicates: number;
}

/** Results of `take` that are no row. */
export const UNKNOWN = -1;
export const REPEATED = -2;

/** Figures of one flow while it is played. */
export interface FlowSoFar {
  /** Arrivals of every kind. */
  readonly received: number;
  /** Of those, arrivals that equal no recorded datagram, and those equal to one that had come already. */
  readonly unknown: number;
  readonly repeated: number;
}

export class Comparison {
  /** Row → 1 once it has arrived. */
  readonly arrived: Uint8Array;
  /** Row that the last result REPEATED equals. */
  repeatedRow = -1;
  readonly index: PayloadIndex;
  readonly #conversation: Conversation;
  readonly #upward: 0 | 1;
  readonly #strays = new Strays();
  /** Position of a flow → arrivals equal to one that had come. */
  readonly #repeated: Float64Array;
  /** Position of a flow → all its arrivals, and those that equal nothing. */
  readonly #received: Float64Array;
  readonly #unknown: Float64Array;
  readonly #repeatedRows: number[] = [];

  /** @param upward 1 to compare requests, 0 to compare answers */
  constructor(conversation: Conversation, upward: 0 | 1, ignored: ByteRanges) {
    this.#conversation = conversation;
    this.#upward = upward;
    this.arrived = new Uint8Array(conversation.count);
    this.index = new PayloadIndex(conversation, upward, ignored, true);
    this.#repeated = new Float64Array(conversation.flows.length);
    this.#received = new Float64Array(conversation.flows.length);
    this.#unknown = new Float64Array(conversation.flows.length);
  }

  /**
   * Takes the recorded datagram that an arrival of a flow equals.
   * @returns its row, REPEATED or UNKNOWN
   */
  take(flow: number, bytes: Uint8Array, start: number, lengthBytes: number): number {
    const group = this.index.find(flow, bytes, start, lengthBytes);
    if (group < 0) return UNKNOWN;
    this.#received[flow] = (this.#received[flow] as number) + 1;
    const row = this.index.firstLeft(group);
    if (row >= 0) {
      this.index.take(group);
      this.arrived[row] = 1;
      return row;
    }
    this.repeatedRow = group;
    this.#repeated[flow] = (this.#repeated[flow] as number) + 1;
    if (this.#repeatedRows.length < MAX_LISTED) this.#repeatedRows.push(group);
    return REPEATED;
  }

  /**
   * Adds an arrival that equals no recorded datagram.
   * @param flow position of its flow; −1 for none
   * @param request row of the last request of its flow; −1 if unknown
   */
  addUnknown(
    flow: number,
    bytes: Uint8Array,
    start: number,
    lengthBytes: number,
    request: number,
    from: Peer | null,
  ): void {
    this.#strays.add(flow, bytes, start, lengthBytes, request, from);
    if (flow < 0) return;
    this.#received[flow] = (this.#received[flow] as number) + 1;
    this.#unknown[flow] = (this.#unknown[flow] as number) + 1;
  }

  /** By position of the flow. */
  soFar(): readonly FlowSoFar[] {
    return this.#conversation.flows.map((_, flow) => ({
      received: this.#received[flow] as number,
      unknown: this.#unknown[flow] as number,
      repeated: this.#repeated[flow] as number,
    }));
  }

  /**
   * @param isExpected whether a row had to come
   * @param requestOf row of an answer → row of its request; null to compare requests
   */
  settle(isExpected: (row: number) => boolean, requestOf: Int32Array | null): Compared {
    const { flows, count, upward, flowOf } = this.#conversation;
    const expected = new Float64Array(flows.length);
    const same = new Float64Array(flows.length);
    const absent: number[][] = flows.map(() => []);
    for (let row = 0; row < count; row += 1) {
      if (upward[row] !== this.#upward) continue;
      const flow = flowOf[row] as number;
      if (this.arrived[row] === 1) same[flow] = (same[flow] as number) + 1;
      else if (!isExpected(row)) continue;
      else absent[flow]?.push(row);
      expected[flow] = (expected[flow] as number) + 1;
    }
    const findings = new Findings(this.#conversation);
    const strays = this.#strays.byFlow();
    let outsiders: readonly Stray[] = strays.get(-1) ?? [];
    const tallies = flows.map(({ number }, flow): FlowTally => {
      const own = findings.pair(flow, strays.get(flow) ?? [], absent[flow] as number[], requestOf);
      // A stranger may be the client of any flow: it is set against the first request that did not come.
      const other = findings.pair(flow, outsiders, own.absent, null);
      outsiders = other.strays;
      findings.addRest(flow, own.strays, other.absent);
      const repeated = this.#repeated[flow] as number;
      const different = own.pairs + other.pairs;
      const additional = own.strays.length + (this.#strays.counted.get(flow) ?? 0) + repeated;
      return {
        flow: number,
        expected: expected[flow] as number,
        arrived: (same[flow] as number) + different + additional,
        same: same[flow] as number,
        different,
        missing: other.absent.length,
        additional,
        repeated,
      };
    });
    for (const row of this.#repeatedRows) findings.addRepeated(row);
    findings.addRest(-1, outsiders, []);
    const ofNoFlow = outsiders.length + (this.#strays.counted.get(-1) ?? 0);
    return {
      tallies,
      ofNoFlow,
      differences: findings.sorted(),
    };
  }
}
