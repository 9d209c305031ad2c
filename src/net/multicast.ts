/**
 * Groups (multicast): which addresses are groups, and how a system is told on which interface to join one.
 *
 * An edge module: it asks which interfaces there are.
 */
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { EnvironmentError } from '../base/errors.ts';
import { formatHostPort } from '../base/quantities.ts';
import type { OpenOptions } from './transport.ts';

/** Whether many may hear what is sent to a numeric address: 224.0.0.0 to 239.255.255.255, and ff00::/8. */
export const isGroup = (address: string): boolean =>
  /^(22[4-9]|23\d)\./.test(address) || (/^ff/i.test(address) && isIPv6(address));

/** An IPv6 group of a link is one only together with the link. */
const NEEDS_ZONE = /^ff[0-9a-f][12]:[^%]*$/i;

/** What to bind for a port: its host, a group's with its interface where it needs one. Throws as `interfaceFor`. */
export function hostToBind(options: OpenOptions): string {
  const { host, multicastInterface } = options;
  if (multicastInterface !== undefined) interfaceFor(multicastInterface, isIPv6(host));
  if (!isGroup(host)) return host;
  if (multicastInterface === undefined) {
    throw new EnvironmentError(
      'address-unavailable',
      `cannot listen on ${formatHostPort(host, options.port)}: it is a group; name the interface to join it on`,
    );
  }
  return NEEDS_ZONE.test(host) ? `${host}%${multicastInterface}` : host;
}

/**
 * An interface as systems want it named: by an IPv4 address that it has, or for IPv6 by itself.
 * Throws an EnvironmentError where there is none of that name with such addresses.
 */
export function interfaceFor(name: string, ipv6: boolean): string {
  const interfaces = networkInterfaces();
  const family = ipv6 ? 'IPv6' : 'IPv4';
  const own = interfaces[name]?.find((entry) => entry.family === family);
  if (own !== undefined) return ipv6 ? name : own.address;
  const others = Object.keys(interfaces).filter((other) =>
    interfaces[other]?.some((entry) => entry.family === family),
  );
  throw new EnvironmentError(
    'address-unavailable',
    `there is no interface ${name} with an ${family} address; ${others.length === 0 ? 'there is none at all' : `choose one of ${others.join(', ')}`}`,
  );
}

/** @param code the system's name for it, such as ENODEV */
export const groupFailure = (host: string, name: string, code: string, cause?: unknown): EnvironmentError =>
  new EnvironmentError(
    'address-unavailable',
    `cannot use ${host} on the interface ${name} (${code}); choose another interface`,
    {
      cause,
    },
  );
