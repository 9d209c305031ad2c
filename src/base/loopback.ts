/**
 * The one rule about whose word is taken without proof: who is on this machine, for nobody else can send from there.
 */

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/** Whether a numeric address is a loopback one. A kernel takes no datagram with such a source from outside. */
export const isLoopback = (address: string): boolean => LOOPBACK.test(address);
