/**
 * Groups (multicast) and broadcast addresses: which addresses they are, and how an interface is given to the system when
 * joining a group.
 *
 * It reads the system's list of interfaces.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { EnvironmentError } from '../base/errors.ts';
import { formatHostPort } from '../base/quantities.ts';
import type { OpenOptions } from './transport.ts';

/** Whether a numeric address is a multicast group: 224.0.0.0 to 239.255.255.255, and ff00::/8. */
export const isGroup = (address: string): boolean =>
  /^(22[4-9]|23\d)\./.test(address) || (/^ff/i.test(address) && isIPv6(address));

const bitsOf = (address: string): number =>
  address.split('.').reduce((bits, part) => (bits << 8) | Number(part), 0);

/** Whether an address is 255.255.255.255, or the broadcast address of a network that this machine is in. */
export function isBroadcast(address: string): boolean {
  if (address === '255.255.255.255') return true;
  if (!isIPv4(address)) return false;
  return Object.values(networkInterfaces()).some((entries) =>
    entries?.some(
      ({ family, internal, address: own, netmask }) =>
        family === 'IPv4' &&
        !internal &&
        // A network of one or two addresses has none for broadcasts.
        (bitsOf(netmask) | 1) !== -1 &&
        (bitsOf(own) | ~bitsOf(netmask)) === bitsOf(address),
    ),
  );
}

/** IPv6 groups of interface-local and link-local scope need a zone. */
const NEEDS_ZONE = /^ff[0-9a-f][12]:[^%]*$/i;

/**
 * The address to bind for a port: its host, with the interface as zone if the group needs one. Throws as
 * `interfaceFor`.
 */
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
 * An interface as the system calls need it: one of its IPv4 addresses, or for IPv6 its name. Throws an EnvironmentError
 * when no interface has that name and such an address.
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

/** @param code the system's error code, such as ENODEV */
export const groupFailure = (host: string, name: string, code: string, cause?: unknown): EnvironmentError =>
  new EnvironmentError(
    'address-unavailable',
    `cannot use ${host} on the interface ${name} (${code}); choose another interface`,
    {
      cause,
    },
  );
