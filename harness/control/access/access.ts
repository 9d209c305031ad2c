/**
 * Who may ask over HTTP: a judgement of one request, from its peer's address and its headers.
 *
 * - The `Host` must be one that no foreign web page can have brought here by its own name (DNS rebinding).
 * - Without a token the peer must be of this machine, or in a range that was allowed; with a token it must show it, or be in such
 *   a range.
 * - What a browser sends by itself, on behalf of any page, changes nothing: only our own page sends its header, which no other
 *   page can without being asked first (CORS), and that is never answered.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { addressBytes } from '../../../src/base/ipAddress.ts';
import { isLoopback } from '../../../src/base/loopback.ts';
import { isWithin } from './addressRanges.ts';
import type { AddressRange } from './addressRanges.ts';

export interface Access {
  /** Peers that need no token. */
  readonly allow: readonly AddressRange[];
  /** Null: none is asked for. */
  readonly token: string | null;
  /** A host name that requests may be for, besides addresses and names of no public domain; null for none. */
  readonly hostName: string | null;
}

/** What is judged of a request. */
export interface Asked {
  readonly method: string;
  /** The numeric address of who asks; null if unknown, which nobody is allowed to be. */
  readonly peer: string | null;
  /** The value of a header, null where there is none. */
  readonly header: (name: string) => string | null;
  /** Whether browsers may ask for it without our page's header, because it only tells. */
  readonly isOpenToBrowsers: boolean;
}

export interface Refusal {
  readonly status: 401 | 403;
  readonly error: string;
}

/** The header that our page sends. */
const PAGE_HEADER = 'x-matchstream';
const PAGE_VALUE = 'page';

/** Domains that nobody can own in public: RFC 2606, 6761, 6762, 8375, and ICANN's reservation of `internal`. */
const PRIVATE_DOMAINS = ['localhost', 'local', 'internal', 'test', 'home.arpa'];
const READING = ['GET', 'HEAD'];

/** Why a request is refused; null if it is not. */
export function refusalOf(access: Access, asked: Asked): Refusal | null {
  const host = asked.header('host');
  if (host === null || !isOwnHost(host, access.hostName)) {
    return {
      status: 403,
      error: `host not allowed: expected an address, localhost or a name without a dot, got ${JSON.stringify(host)}`,
    };
  }
  return refusalOfPeer(access, asked) ?? refusalOfBrowser(asked, host);
}

function refusalOfPeer({ allow, token }: Access, { peer, header }: Asked): Refusal | null {
  if (peer !== null && isWithin(peer, allow)) return null;
  if (token !== null) {
    if (isTokenShown(header('authorization'), token)) return null;
    return {
      status: 401,
      error: 'token required: send it as Authorization: Bearer TOKEN, or as a URL’s password',
    };
  }
  if (peer !== null && isLoopback(peer)) return null;
  return {
    status: 403,
    error: `address not allowed: ${peer ?? 'it is unknown'}; start matchstream with --control-allow ${peer ?? 'CIDR'}`,
  };
}

function refusalOfBrowser({ method, header, isOpenToBrowsers }: Asked, host: string): Refusal | null {
  const isPage = header(PAGE_HEADER) === PAGE_VALUE;
  const isBrowser = header('user-agent')?.startsWith('Mozilla/') === true;
  if (isBrowser && !isPage && !isOpenToBrowsers) return { status: 403, error: 'user agent not allowed' };
  const origin = header('origin');
  // A page of elsewhere, or one in a sandbox, whose origin is "null".
  if (origin !== null && !READING.includes(method) && origin !== `http://${host}`)
    return { status: 403, error: `origin not allowed: ${JSON.stringify(origin)}` };
  return null;
}

/** Whether a `Host` is an address, or a name that a foreign page cannot have been loaded from. */
function isOwnHost(host: string, hostName: string | null): boolean {
  const [, bracketed, plain = ''] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/i.exec(host) ?? [];
  if (bracketed !== undefined) return addressBytes(bracketed) !== null;
  const name = plain.toLowerCase().replace(/\.$/, '');
  if (name === '') return false;
  if (addressBytes(name) !== null || name === hostName?.toLowerCase()) return true;
  if (!name.includes('.')) return /^[\w-]+$/.test(name);
  return PRIVATE_DOMAINS.some((domain) => name.endsWith(`.${domain}`));
}

/** Compares in constant time, whatever the lengths. */
function isTokenShown(authorization: string | null, token: string): boolean {
  const [, scheme = '', value = ''] = /^(\S+) +(\S.*)$/.exec(authorization ?? '') ?? [];
  const shown = scheme.toLowerCase() === 'basic' ? passwordOf(value) : value;
  const isKnown = ['basic', 'bearer'].includes(scheme.toLowerCase());
  return timingSafeEqual(digest(shown), digest(token)) && isKnown;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The password in the credentials of RFC 7617; any user name will do. */
function passwordOf(credentials: string): string {
  const text = Buffer.from(credentials, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}
