/**
 * What has left a running proxy so far, stream by stream: the figures of which it is certain that they can only grow.
 *
 * It reads the lists that a report is made of, each datagram once, and takes a bit for each index. It reads no clock.
 */
import { GrowingColumn } from '../../src/base/growingColumn.ts';
import { longestStayOverNs } from '../impairment/phases.ts';
import type { Impairment } from '../impairment/impairment.ts';
import type { StreamTraffic, Traffic } from '../proxy/told/traffic.ts';
import { Certainty } from '../session/certainty.ts';
import { totalSoFar } from './endWhen.ts';
import type { CertainPart } from './endWhen.ts';

/** Besides what is under way: a look is as old as the one before, and machines are late. */
const SETTLE_MS = 1000;
/** A datagram on Ethernet; longer ones stay longer at a link. */
const USUAL_BYTES = 1500;

export class TrafficWatch {
  readonly #traffic: Traffic;
  readonly #impairment: Impairment;
  /** By number of the stream. */
  readonly #streams: StreamWatch[] = [];
  /** Datagrams that were looked at as they entered, and as they left. */
  #entries = 0;
  #exits = 0;

  constructor(traffic: Traffic, impairment: Impairment) {
    this.#traffic = traffic;
    this.#impairment = impairment;
  }

  /** @param nowMs by any clock that does not go back */
  look(nowMs: number): readonly CertainPart[] {
    const traffic = this.#traffic;
    for (const stream of traffic.streams.slice(this.#streams.length))
      this.#streams.push(new StreamWatch(stream, this.#settleMs(stream)));
    for (; this.#entries < traffic.entries; this.#entries += 1) {
      const { index } = traffic.entry(this.#entries);
      this.#streams[traffic.streamOf(this.#entries)]?.enter(index);
    }
    for (; this.#exits < traffic.exits; this.#exits += 1) {
      const { entry, isAltered } = traffic.exit(this.#exits);
      if (!isAltered) this.#streams[traffic.streamOf(entry)]?.leave(traffic.entry(entry).index);
    }
    return this.#streams.map((stream) => stream.look(nowMs));
  }

  #settleMs({ key }: StreamTraffic): number {
    const direction = key.direction === 'up' ? 'up' : 'down';
    const stayNs = longestStayOverNs(this.#impairment, direction, USUAL_BYTES);
    return (stayNs + this.#impairment.holdMaxNs) / 1e6 + SETTLE_MS;
  }
}

/** One stream at the exit of the proxy. */
class StreamWatch {
  readonly #stream: StreamTraffic;
  readonly #certainty: Certainty;
  /** A bit for each index that has left. */
  readonly #left = new GrowingColumn(new Uint32Array(0));
  #received = 0;
  #unique = 0;
  #reordered = 0;
  #highestLeft = 0;
  #highestEntered = 0;

  constructor(stream: StreamTraffic, settleMs: number) {
    this.#stream = stream;
    this.#certainty = new Certainty(settleMs);
  }

  enter(index: number): void {
    if (index > this.#highestEntered) this.#highestEntered = index;
  }

  leave(index: number): void {
    this.#received += 1;
    const [word, bit] = [index >>> 5, 1 << (index & 31)];
    if (word >= this.#left.length) this.#left.fit(word + 1);
    const seen = this.#left.values[word] as number;
    if ((seen & bit) !== 0) return;
    this.#left.values[word] = seen | bit;
    this.#unique += 1;
    if (index < this.#highestLeft) this.#reordered += 1;
    else this.#highestLeft = index;
  }

  look(nowMs: number): CertainPart {
    const { firstIndex } = this.#stream;
    const lost = this.#unique === 0 ? 0 : this.#highestLeft - firstIndex + 1 - this.#unique;
    const duplicates = this.#received - this.#unique;
    // Up to the highest that has left: one that leaves later is reordered.
    const counts = { lost, duplicates, reordered: this.#reordered };
    const figures = this.#certainty.look(nowMs, {
      done: this.#received,
      of: null,
      unit: 'datagrams',
      counts,
    });
    return { figures, total: totalSoFar(this.#highestEntered - firstIndex + 1) };
  }
}
