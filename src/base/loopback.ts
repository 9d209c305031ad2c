/**
 * The rule for peers that are trusted without proof of their address: those on this machine, because no other can send
 * from a loopback address.
 */

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/** Whether a numeric address is a loopback address. Kernels drop datagrams from outside with such a source. */
export const isLoopback = (address: string): boolean => LOOPBACK.test(address);
