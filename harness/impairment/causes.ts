/**
 * Why a datagram is dropped: the names in fate files and reports, and their codes in columns.
 */

/** By code; 0 is not dropped. `queue` (the link), `mtu` (the size) and `limit` (all sizes so far) are not decided by a schedule. */
export const DROP_CAUSES = [
  'none',
  'outage',
  'list',
  'independent',
  'exact',
  'burst',
  'state',
  'queue',
  'mtu',
  'limit',
] as const;

export type DropCause = (typeof DROP_CAUSES)[number];

export const causeCode = (cause: DropCause): number => DROP_CAUSES.indexOf(cause);
