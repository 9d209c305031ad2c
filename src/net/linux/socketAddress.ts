/**
 * Socket addresses: between the text of a peer and the bytes of struct sockaddr_in and sockaddr_in6.
 *
 * Texts are what node:dgram would give for the same socket, an IPv6 zone as the interface's name included.
 */
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
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
/** Of sockaddr_in6, in words: the flow label says nothing about who sent it. */
const FLOW_WORD = 1;
const SCOPE_WORD = 6;
/** Known peers; a port scanner must not fill the memory. */
const MAX_PEERS = 65_536;

/** A binary socket address. */
export interface SocketAddress {
  readonly words: Uint32Array;
  readonly lengthBytes: number;
}

interface KnownPeer {
  readonly words: Uint32Array;
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

  /** Undefined when the address is not a numeric one. */
  encode({ address, port }: Peer): SocketAddress | undefined {
    const family = isIP(address) === 6 ? AF_INET6 : AF_INET;
    const { words } = this.#arena;
    const at = this.#binary.word;
    words.fill(0, at, at + SOCKADDR_WORDS);
    words[at] = family | (swap(port) << 16);
    const [bare = '', zone] = address.split('%');
    const target = this.#binary.address + (family === AF_INET6 ? 8 : 4);
    if (this.#native.inetPton(family, bare, target) !== 1) return undefined;
    if (zone !== undefined) words[at + SCOPE_WORD] = scopeOf(zone);
    const lengthBytes = family === AF_INET6 ? SOCKADDR_IN6_BYTES : SOCKADDR_IN_BYTES;
    return { words: words.slice(at, at + SOCKADDR_WORDS), lengthBytes };
  }

  /** The peer with the binary address at a word: the same object every time. Allocates only for a new one. */
  intern(from: Uint32Array, at: number): Peer {
    if (this.#last !== undefined && sameAddress(this.#last.words, from, at)) return this.#last.peer;
    const hash = hashOf(from, at);
    let known = this.#peers.get(hash)?.find(({ words }) => sameAddress(words, from, at));
    if (known === undefined) {
      if (this.#peerCount >= MAX_PEERS) {
        this.#peers.clear();
        this.#peerCount = 0;
      }
      const words = from.slice(at, at + SOCKADDR_WORDS);
      known = { words, peer: this.decode(words, 0) };
      const others = this.#peers.get(hash);
      if (others === undefined) this.#peers.set(hash, [known]);
      else others.push(known);
      this.#peerCount += 1;
    }
    this.#last = known;
    return known.peer;
  }

  /** A new peer object for the binary address at a word. */
  decode(from: Uint32Array, at: number): Peer {
    const { words, bytes } = this.#arena;
    words.set(from.subarray(at, at + SOCKADDR_WORDS), this.#binary.word);
    const head = from[at] as number;
    const family = head & 0xffff;
    const source = this.#binary.address + (family === AF_INET6 ? 8 : 4);
    this.#native.inetNtop(family, source, this.#text.address, TEXT_BYTES);
    const start = this.#text.word * 4;
    const end = bytes.indexOf(0, start);
    const text = String.fromCharCode(...bytes.subarray(start, end));
    const scope = family === AF_INET6 ? (from[at + SCOPE_WORD] as number) : 0;
    return { address: scope === 0 ? text : `${text}%${zoneOf(scope)}`, port: swap(head >>> 16) };
  }
}

/** Network byte order of 16 bits, both ways. */
const swap = (port: number): number => ((port & 0xff) << 8) | (port >> 8);

function sameAddress(known: Uint32Array, other: Uint32Array, at: number): boolean {
  if (known[0] !== other[at]) return false;
  if (((known[0] as number) & 0xffff) === AF_INET) return known[1] === other[at + 1];
  for (let word = FLOW_WORD + 1; word <= SCOPE_WORD; word += 1)
    if (known[word] !== other[at + word]) return false;
  return true;
}

function hashOf(words: Uint32Array, at: number): number {
  const head = words[at] as number;
  if ((head & 0xffff) === AF_INET) return (words[at + 1] as number) * 2 ** 16 + (head >>> 16);
  let hash = head;
  for (let word = FLOW_WORD + 1; word <= SCOPE_WORD; word += 1)
    hash = Math.imul(hash, 31) + (words[at + word] as number);
  return hash;
}

function scopeOf(zone: string): number {
  for (const entry of networkInterfaces()[zone] ?? []) {
    if (entry.family === 'IPv6' && entry.scopeid !== 0) return entry.scopeid;
  }
  return Number(zone);
}

function zoneOf(scope: number): string {
  for (const [name, entries] of Object.entries(networkInterfaces())) {
    if (entries?.some((entry) => entry.family === 'IPv6' && entry.scopeid === scope) === true) return name;
  }
  return String(scope);
}
