/**
 * Protocols without registration: the first datagram of a source opens a flow, and an index reader does the rest.
 */
import type { IndexReader } from './indexReader.ts';
import type { Protocol, Way } from './protocol.ts';

/** A note on protocols whose datagrams carry no time. */
export const BY_ARRIVAL = 'without media time, order and time-based effects depend on arrival times';
/** A note on protocols whose sequence may begin anywhere. */
export const FIRST_SEEN =
  'index 1 is the first datagram seen: where that one is lost or overtaken before the proxy, all fates shift';

/** The properties of such a protocol. */
export interface SourceProtocol {
  readonly text: string;
  /** Default true. */
  readonly isNumbered?: boolean;
  readonly hasControl: boolean;
  readonly unread: Way['unread'];
  readonly notes: readonly string[];
  /** A new reader, for one direction of a flow. */
  readonly reader: () => IndexReader;
}

export function sourceProtocol({
  text,
  isNumbered = true,
  hasControl,
  unread,
  notes,
  reader,
}: SourceProtocol): Protocol {
  const way: Way = { isIndexed: true, isNumbered, hasControl, endIsAnnounced: false, unread };
  return {
    text,
    admission: 'source',
    down: way,
    up: way,
    notes,
    reasons: {},
    open: () => ({
      down: reader(),
      up: reader(),
      keepAliveNs: Number.POSITIVE_INFINITY,
      handshake: null,
    }),
  };
}
