/**
 * How many clients share a process: few have one each, as on a network; many cannot.
 */

/** A process of node takes tens of megabytes and a good part of a second to start. */
const MAX_PROCESSES = 16;
/** As many as leave the server a core of its own on the usual small machine. */
const SHARED_PROCESSES = 2;

export const clientsPerProcess = (clients: number): number =>
  clients <= MAX_PROCESSES ? 1 : Math.ceil(clients / SHARED_PROCESSES);
