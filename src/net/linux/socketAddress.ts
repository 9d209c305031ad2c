/**
 * Converts socket addresses between the text of a peer and struct sockaddr_in and sockaddr_in6.
 *
 * Texts are the same as from node:dgram, with the name of the interface as IPv6 zone.
 */
import { isIP } from 'node:net';
import type { Peer } from '../batch.ts';
import {
  AF_INET,
  AF_INET6,
  SOCKADDR_BYTES,
  SOCKADDR_IN6_BYTES,
  SOCKADDR_IN_BYTES,
  SOCKADDR_WORDS,
} from './abi.ts';
import { Arena } from './arena.ts';
import type { Piece } from './arena.ts';
import type { NativeSockets } from './native.ts';

const TEXT_BYTES = 64;
/** Offset of the address in words: in sockaddr_in, and in sockaddr_in6 after the flow label, which is ignored. */
const ADDRESS4_WORD = 1;
const ADDRESS6_WORD = 2;
const SCOPE_WORD = 6;
/** Limit of interned peers: a port scanner must not fill the memory. */
const MAX_PEERS = 65_536;

/** A binary socket address. */
export interface SocketAddress {
  readonly words: Uint32Array;
  readonly lengthBytes: number;
}

interface KnownPeer {
  readonly words: Uint32Array;
  /** The address of this machine that the peer sent to: one word for IPv4, four for IPv6; empty where unknown. */
  readonly local: Uint32Array;
  readonly peer: Peer;
}

export class SocketAddresses {
  readonly #native: NativeSockets;
  readonly #arena: Arena;
  readonly #binary: Piece;
  readonly #text: Piece;
  readonly #peers = new Map<number, KnownPeer[]>();
  #peerCount = 0;
  #last: KnownPeer | undefined;

  constructor(native: NativeSockets) {
    this.#native = native;
    this.#arena = new Arena(native, 256);
    this.#binary = this.#arena.take(SOCKADDR_BYTES);
    this.#text = this.#arena.take(TEXT_BYTES);
  }

  /** Undefined when the address is not numeric. */
  encode({ address, port }: Peer): SocketAddress | undefined {
    const family = isIP(address) === 6 ? AF_INET6 : AF_INET;
    const { words } = this.#arena;
    const at = this.#binary.word;
    words.fill(0, at, at + SOCKADDR_WORDS);
    words[at] = family | (swap(port) << 16);
    const [bare = '', zone] = address.split('%');
    const target = this.#binary.address + (family === AF_INET6 ? 8 : 4);
    if (this.#native.inetPton(family, bare, target) !== 1) return undefined;
    // The zone may also be a number.
    if (zone !== undefined) words[at + SCOPE_WORD] = this.#native.ifNametoindex(zone) || Number(zone);
    const lengthBytes = family === AF_INET6 ? SOCKADDR_IN6_BYTES : SOCKADDR_IN_BYTES;
    return { words: words.slice(at, at + SOCKADDR_WORDS), lengthBytes };
  }

  /** An address of this machine in binary form, one word for IPv4, four for IPv6. */
  encodeLocal(address: string): Uint32Array | undefined {
    const words = this.encode({ address, port: 0 })?.words;
    return isIP(address) === 6
      ? words?.slice(ADDRESS6_WORD, SCOPE_WORD)
      : words?.slice(ADDRESS4_WORD, ADDRESS4_WORD + 1);
  }

  /**
   * The peer with the binary address at a word: the same object every time. Allocates only for a new one.
   * @param localAt the word of the local address, without a port; −1 where unknown
   */
  intern(from: Uint32Array, at: number, localAt: number): Peer {
    if (this.#last !== undefined && isSame(this.#last, from, at, localAt)) return this.#last.peer;
    const hash = hashOf(from, at, localAt);
    let known = this.#peers.get(hash)?.find((one) => isSame(one, from, at, localAt));
    if (known === undefined) {
      if (this.#peerCount >= MAX_PEERS) {
        this.#peers.clear();
        this.#peerCount = 0;
      }
      const words = from.slice(at, at + SOCKADDR_WORDS);
      const local = from.slice(localAt, localAt < 0 ? localAt : localAt + addressWords(words[0] as number));
      known = { words, local, peer: this.decode(words, 0, local) };
      const others = this.#peers.get(hash);
      if (others === undefined) this.#peers.set(hash, [known]);
      else others.push(known);
      this.#peerCount += 1;
    }
    this.#last = known;
    return known.peer;
  }

  /** A new peer object for the binary address at a word and the local address, which may be empty. */
  decode(from: Uint32Array, at: number, local: Uint32Array = UNKNOWN): Peer {
    const head = from[at] as number;
    const isIpv6 = (head & 0xffff) === AF_INET6;
    const start = at + (isIpv6 ? ADDRESS6_WORD : ADDRESS4_WORD);
    const text = this.#textOf(from.subarray(start, start + addressWords(head)));
    const scope = isIpv6 ? (from[at + SCOPE_WORD] as number) : 0;
    const address = scope === 0 ? text : `${text}%${this.#zoneOf(scope)}`;
    const port = swap(head >>> 16);
    return local.length === 0 ? { address, port } : { address, port, local: this.#textOf(local) };
  }

  #textOf(address: Uint32Array): string {
    const { words } = this.#arena;
    words.set(address, this.#binary.word);
    const family = address.length === 1 ? AF_INET : AF_INET6;
    this.#native.inetNtop(family, this.#binary.address, this.#text.address, TEXT_BYTES);
    return this.#readText();
  }

  #zoneOf(scope: number): string {
    return this.#native.ifIndextoname(scope, this.#text.address) === 0 ? String(scope) : this.#readText();
  }

  #readText(): string {
    const { bytes } = this.#arena;
    const start = this.#text.word * 4;
    return String.fromCharCode(...bytes.subarray(start, bytes.indexOf(0, start)));
  }
}

/** Converts 16 bits to or from network byte order. */
const swap = (port: number): number => ((port & 0xff) << 8) | (port >> 8);

const UNKNOWN = new Uint32Array(0);

/** @param head the first word of a socket address */
const addressWords = (head: number): number => ((head & 0xffff) === AF_INET6 ? 4 : 1);

const isSame = (known: KnownPeer, from: Uint32Array, at: number, localAt: number): boolean =>
  sameAddress(known.words, from, at) && sameLocal(known.local, from, localAt);

function sameLocal(known: Uint32Array, other: Uint32Array, at: number): boolean {
  if (at < 0 || known.length === 0) return at < 0 && known.length === 0;
  for (let word = 0; word < known.length; word += 1) if (known[word] !== other[at + word]) return false;
  return true;
}

function sameAddress(known: Uint32Array, other: Uint32Array, at: number): boolean {
  if (known[0] !== other[at]) return false;
  if (((known[0] as number) & 0xffff) === AF_INET) return known[1] === other[at + 1];
  for (let word = ADDRESS6_WORD; word <= SCOPE_WORD; word += 1)
    if (known[word] !== other[at + word]) return false;
  return true;
}

function hashOf(words: Uint32Array, at: number, localAt: number): number {
  const head = words[at] as number;
  const isIpv6 = (head & 0xffff) === AF_INET6;
  // Local addresses usually differ in their last word.
  const local = localAt < 0 ? 0 : (words[localAt + (isIpv6 ? 3 : 0)] as number);
  if (!isIpv6) return (words[at + ADDRESS4_WORD] as number) * 2 ** 16 + (head >>> 16) + local;
  let hash = head + local;
  for (let word = ADDRESS6_WORD; word <= SCOPE_WORD; word += 1)
    hash = Math.imul(hash, 31) + (words[at + word] as number);
  return hash;
}
