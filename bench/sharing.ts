/**
 * How many client processes a session has: a few clients get one each, many share them.
 */

/** A Node process takes tens of megabytes and a large part of a second to start. */
const MAX_PROCESSES = 16;
/** Leaves the server a core on a usual small machine. */
const SHARED_PROCESSES = 2;

export const clientsPerProcess = (clients: number): number =>
  clients <= MAX_PROCESSES ? 1 : Math.ceil(clients / SHARED_PROCESSES);
