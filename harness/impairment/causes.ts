/**
 * Why a datagram is dropped: the words of fate files and reports, and the codes that columns carry.
 */

/** By code; 0 is not dropped. A queue's overflow is the link's doing, and `mtu` the datagram's size: no schedule knows them. */
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
] as const;

export type DropCause = (typeof DROP_CAUSES)[number];

export const causeCode = (cause: DropCause): number => DROP_CAUSES.indexOf(cause);
