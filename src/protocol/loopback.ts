/**
 * Which addresses are this machine's own.
 *
 * Pure: it looks at the address alone.
 */

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/** Whether a numeric address, as sockets spell it, is a loopback one; IPv4 in IPv6 counts as IPv4. */
export const isLoopback = (address: string): boolean => LOOPBACK.test(address);
