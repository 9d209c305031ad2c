/**
 * The two ends of a flow as packets have them, from their text.
 */
import { addressBytes } from '../../../src/base/ipAddress.ts';
import type { Endpoint } from './udpPacket.ts';

/** Both of one family of addresses. */
export interface Endpoints {
  readonly client: Endpoint;
  readonly server: Endpoint;
}

/** Before an IPv4 address in an IPv6 one (RFC 4291, 2.5.5.2). */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/**
 * The ends of a flow, `HOST:PORT` each, with numeric addresses; null where one is unknown. Where only one of them is IPv4, it
 * is written as IPv6.
 */
export function endpointsFor(client: string | null, server: string | null): Endpoints | null {
  const ends = { client: endpointOf(client), server: endpointOf(server) };
  if (ends.client === null || ends.server === null) return null;
  const [one, other] = [ends.client, ends.server];
  return one.address.length === other.address.length
    ? { client: one, server: other }
    : { client: asIpv6(one), server: asIpv6(other) };
}

function endpointOf(text: string | null): Endpoint | null {
  const match = text === null ? null : /^\[?([^\]]*?)\]?:(\d{1,5})$/.exec(text);
  const address = match === null ? null : addressBytes(match[1] as string);
  const port = Number(match?.[2]);
  return address === null || port > 65_535 ? null : { address, port };
}

const asIpv6 = ({ address, port }: Endpoint): Endpoint => ({
  address: address.length === 4 ? [...MAPPED, ...address] : address,
  port,
});
