/**
 * What was read for a fit: who received which counts; and numbers for the streams of flows, which have longer names.
 */
import type { Direction } from '../impairment/schedule.ts';
import type { ReceivedByClient } from './receivedCounts.ts';

export interface Arrivals {
  /** By the number of the client, or by that of `groups`. */
  readonly received: ReceivedByClient;
  /** Lowest and highest number of a client, or of a flow. */
  readonly numbers: readonly [lowest: number, highest: number];
  /** Null where receivers are the clients of a replay. */
  readonly groups: FlowNames | null;
  /** What a reader of the figures should know. */
  readonly notes: readonly string[];
}

export interface FlowStream {
  readonly flow: number;
  readonly direction: Direction;
  /** Of the flow and direction, from 1. */
  readonly stream: number;
}

/** Numbers the streams that it is given, from 1. */
export class FlowNames {
  readonly #numbers = new Map<string, number>();
  readonly #streams: FlowStream[] = [];

  numberOf({ flow, direction, stream }: FlowStream): number {
    const key = `${flow} ${direction} ${stream}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#streams.push({ flow, direction, stream });
      this.#numbers.set(key, number);
    }
    return number;
  }

  /** Such as `1 down`, and `1 down 2` for a second stream. */
  nameOf(number: number): string {
    const { flow, direction, stream } = this.#streams[number - 1] as FlowStream;
    return `${flow} ${direction}${stream === 1 ? '' : ` ${stream}`}`;
  }

  directionOf(number: number): Direction {
    return (this.#streams[number - 1] as FlowStream).direction;
  }
}
