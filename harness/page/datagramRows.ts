/**
 * One client's datagrams, as the page's drawings read them. Data, no code.
 */

/** One flow, a row a datagram. Times are microseconds since the stream's start. */
export interface Datagrams {
  readonly rows: number;
  /** Row → its number. */
  readonly numbers: Int32Array;
  /** Whether rows are what entered a proxy, and arrivals what left it. */
  readonly isEntered: boolean;
  /** Names of the causes, by code. */
  readonly causeNames: readonly string[];
  readonly cause: Int32Array;
  readonly damaged: Int32Array;
  readonly hold: Int32Array;
  readonly copies: Int32Array;
  readonly arrived: Int32Array;
  readonly extent: Int32Array;
  readonly dueUs: Float64Array;
  /** NaN where nothing arrived. */
  readonly delayUs: Float64Array;
  readonly againRow: Int32Array;
  readonly againDelayUs: Float64Array;
  /** What times are rounded to, nanoseconds. */
  readonly unitNs: number;
}
