/**
 * `any`: nothing is known of the datagrams, and the index is the place in order of arrival.
 *
 * A datagram that is lost before the proxy shifts the fates of all that follow; the report says so.
 */
import type { IndexReader } from './indexReader.ts';

export class ArrivalReader implements IndexReader {
  readonly stream = 1;
  readonly repeat = 1;
  readonly mediaTimeNs = Number.NaN;
  readonly refusedStreams = 0;
  readonly sameInARow = 0;
  #arrived = 0;

  read(): number {
    this.#arrived += 1;
    return this.#arrived;
  }
}
