/**
 * The lists of a proxy's report, by stream: what entered, and what left, in columns.
 */
import type { Pace } from '../../../src/base/progress.ts';
import { startNs } from '../../expected/enteredStream.ts';
import type { EnteredStream } from '../../expected/enteredStream.ts';
import { reachOf } from '../../expected/expectedNeeds.ts';
import type { StreamTraffic, Traffic } from '../../proxy/told/traffic.ts';
import { DEFAULT_WINDOW_COUNTS, MAX_WINDOW_COUNTS } from '../../../src/metrics/countWindow.ts';
import { StreamMetrics } from '../../../src/metrics/streamMetrics.ts';

export interface StreamLists {
  readonly traffic: StreamTraffic;
  readonly entered: EnteredStream;
  /** Row → the time by which its outages go, nanoseconds. */
  readonly mediaTimesNs: Float64Array;
  /** What left, in order: the row that entered, when, and whether bits were altered. */
  readonly left: {
    readonly rows: Uint32Array;
    readonly timesNs: Float64Array;
    readonly altered: Uint8Array;
  };
  /** The last index: as announced, or the highest that entered. */
  readonly lastIndex: number;
}

/** The lists of every stream, in the order in which they began. @param pace told of each datagram */
export function listsByStream(traffic: Traffic, pace: Pace): StreamLists[] {
  const { streams } = traffic;
  const makers = streams.map((stream) => new ListMaker(stream));
  // Entry → its row in its stream's list.
  const rowOf = new Uint32Array(traffic.entries);
  for (let entry = 0; entry < traffic.entries; entry += 1) {
    pace.tick();
    rowOf[entry] = (makers[traffic.streamOf(entry)] as ListMaker).enter(traffic.entry(entry));
  }
  for (let exit = 0; exit < traffic.exits; exit += 1)
    (makers[traffic.streamOf(traffic.exit(exit).entry)] as ListMaker).countExit();
  for (let exit = 0; exit < traffic.exits; exit += 1) {
    const { entry, isAltered, timeNs } = traffic.exit(exit);
    (makers[traffic.streamOf(entry)] as ListMaker).leave(rowOf[entry] as number, isAltered, timeNs);
  }
  return makers.map((maker) => maker.lists());
}

class ListMaker {
  readonly #traffic: StreamTraffic;
  readonly #indices: Uint32Array;
  readonly #repeats: Uint16Array;
  readonly #sizesBytes: Uint16Array;
  readonly #timesNs: Float64Array;
  readonly #mediaTimesNs: Float64Array;
  #entered = 0;
  #exits = 0;
  #left: { rows: Uint32Array; timesNs: Float64Array; altered: Uint8Array } | null = null;
  #leftCount = 0;

  constructor(traffic: StreamTraffic) {
    const size = traffic.entered;
    this.#traffic = traffic;
    this.#indices = new Uint32Array(size);
    this.#repeats = new Uint16Array(size);
    this.#sizesBytes = new Uint16Array(size);
    this.#timesNs = new Float64Array(size);
    this.#mediaTimesNs = new Float64Array(size);
  }

  enter({ index, repeat, sizeBytes, timeNs, mediaTimeNs }: ReturnType<Traffic['entry']>): number {
    const row = this.#entered;
    this.#indices[row] = index;
    this.#repeats[row] = repeat;
    this.#sizesBytes[row] = sizeBytes;
    this.#timesNs[row] = timeNs;
    this.#mediaTimesNs[row] = mediaTimeNs;
    this.#entered = row + 1;
    return row;
  }

  countExit(): void {
    this.#exits += 1;
  }

  leave(row: number, isAltered: boolean, timeNs: number): void {
    const left = (this.#left ??= this.#room());
    left.rows[this.#leftCount] = row;
    left.timesNs[this.#leftCount] = timeNs;
    left.altered[this.#leftCount] = isAltered ? 1 : 0;
    this.#leftCount += 1;
  }

  lists(): StreamLists {
    const { firstIndex, marks, plannedNs, leftOut } = this.#traffic;
    let lastIndex = firstIndex - 1;
    for (const index of this.#indices) if (index > lastIndex) lastIndex = index;
    for (const mark of marks) lastIndex = Math.max(lastIndex, mark.lastIndex ?? 0);
    return {
      traffic: this.#traffic,
      entered: {
        firstIndex,
        indices: this.#indices,
        repeats: this.#repeats,
        sizesBytes: this.#sizesBytes,
        timesNs: this.#timesNs,
        marks,
        plannedNs,
        isCut: leftOut > 0,
      },
      mediaTimesNs: this.#mediaTimesNs,
      left: this.#left ?? this.#room(),
      lastIndex,
    };
  }

  #room() {
    return {
      rows: new Uint32Array(this.#exits),
      timesNs: new Float64Array(this.#exits),
      altered: new Uint8Array(this.#exits),
    };
  }
}

/** A window in which no datagram is too far behind. */
function windowFor(counts: Uint32Array): number {
  const reach = reachOf({ counts });
  let windowCounts = DEFAULT_WINDOW_COUNTS;
  while (windowCounts <= reach && windowCounts < MAX_WINDOW_COUNTS) windowCounts *= 2;
  return windowCounts;
}

/** What a receiver at the entry would measure. Nothing is known of when they were sent. */
export function metricsAtEntry({ entered, lastIndex }: StreamLists, pace: Pace): StreamMetrics {
  const { firstIndex, indices, timesNs, sizesBytes } = entered;
  const metrics = new StreamMetrics({ firstCount: firstIndex, windowCounts: windowFor(indices) });
  for (let row = 0; row < indices.length; row += 1) {
    pace.tick();
    metrics.handleArrival(
      indices[row] as number,
      (timesNs[row] as number) - startNs(entered),
      Number.NaN,
      sizesBytes[row] as number,
    );
  }
  metrics.finish(lastIndex);
  return metrics;
}

/** What a receiver at the exit would measure that is told where the stream ends; delays are from the entry. */
export function metricsAtExit({ entered, left, lastIndex }: StreamLists, pace: Pace): StreamMetrics {
  const { firstIndex, indices, timesNs, sizesBytes } = entered;
  const counts = left.rows.map((row) => indices[row] as number);
  const metrics = new StreamMetrics({
    firstCount: firstIndex,
    windowCounts: windowFor(counts),
    verifiesCheck: true,
  });
  for (let place = 0; place < counts.length; place += 1) {
    pace.tick();
    if (left.altered[place] === 1) {
      metrics.handleCorrupted();
      continue;
    }
    const row = left.rows[place] as number;
    metrics.handleArrival(
      counts[place] as number,
      (left.timesNs[place] as number) - startNs(entered),
      (timesNs[row] as number) - startNs(entered),
      sizesBytes[row] as number,
    );
  }
  metrics.finish(lastIndex);
  return metrics;
}

/** Losses as seen by who goes by gaps alone: up to the highest index that left intact. */
export function lostBeforeHighestLeft({ entered, left }: StreamLists): number {
  const { firstIndex, indices } = entered;
  let highest = firstIndex - 1;
  let unique = 0;
  const seen = new Uint8Array(indices.reduce((most, index) => Math.max(most, index), 0) + 1);
  for (let place = 0; place < left.rows.length; place += 1) {
    const index = indices[left.rows[place] as number] as number;
    if (left.altered[place] === 1 || seen[index] === 1) continue;
    seen[index] = 1;
    unique += 1;
    if (index > highest) highest = index;
  }
  return highest - firstIndex + 1 - unique;
}
