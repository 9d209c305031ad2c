/**
 * `any`: the protocol is unknown, and the index is the order of arrival.
 */
import type { IndexReader } from './indexReader.ts';
import type { Protocol } from './protocol.ts';
import { BY_ARRIVAL, sourceProtocol } from './sourceProtocol.ts';

class ArrivalReader implements IndexReader {
  readonly stream = 1;
  readonly repeat = 1;
  readonly mediaTimeNs = Number.NaN;
  readonly refusedStreams = 0;
  readonly sameInARow = 0;
  readonly news = null;
  #arrived = 0;

  read(): number {
    this.#arrived += 1;
    return this.#arrived;
  }
}

export const anyProgram: Protocol = sourceProtocol({
  text: 'any',
  isNumbered: false,
  hasControl: false,
  unread: null,
  notes: [BY_ARRIVAL],
  reader: () => new ArrivalReader(),
});
