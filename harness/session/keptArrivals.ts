/**
 * Keeps the intact arrivals at one client in memory, twelve bytes each, for the columns of a report.
 *
 * It allocates only when it grows. Beyond its limit it gives up: half of the arrivals would show the rest as lost.
 */
import { GrowingColumn } from '../../src/base/growingColumn.ts';

/** Intact arrivals at a client, in order. */
export interface KeptArrivals {
  readonly counts: Uint32Array;
  /** Nanoseconds since the run's epoch. */
  readonly timesNs: Float64Array;
}

/** Arrivals that all clients of a session may keep together: 48 MB. */
const MOST_ARRIVALS = 4e6;

/** How many each of the clients may keep. */
export const keptEach = (clients: number): number => Math.floor(MOST_ARRIVALS / clients);

export class ArrivalKeeper {
  readonly #limit: number;
  readonly #counts = new GrowingColumn(new Uint32Array(1024));
  readonly #timesNs = new GrowingColumn(new Float64Array(1024));
  #rows = 0;

  /** @param limit the most arrivals that are kept */
  constructor(limit: number) {
    this.#limit = limit;
  }

  add(count: number, timeNs: number): void {
    const row = this.#rows;
    this.#rows = row + 1;
    if (row >= this.#limit) return;
    this.#counts.fit(row + 1);
    this.#timesNs.fit(row + 1);
    this.#counts.values[row] = count;
    this.#timesNs.values[row] = timeNs;
  }

  kept(): KeptArrivals | 'too many' {
    const rows = this.#rows;
    if (rows > this.#limit) return 'too many';
    return { counts: this.#counts.values.slice(0, rows), timesNs: this.#timesNs.values.slice(0, rows) };
  }
}
