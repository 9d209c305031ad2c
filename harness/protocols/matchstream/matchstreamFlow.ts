/**
 * One flow of matchstream: on the way up its registration, on the way down the stream and its control datagrams.
 */
import { MAX_CONTROL_BYTES, classify, decodeServerControl } from '../../../src/protocol/control.ts';
import type { ServerControl } from '../../../src/protocol/control.ts';
import { readCount } from '../../../src/protocol/stream.ts';
import type { Peer } from '../../../src/net/batch.ts';
import { CONTROL, UNINDEXED } from '../indexReader.ts';
import type { IndexReader, StreamNews } from '../indexReader.ts';
import type { FlowProtocol, Handshake, Judgement, Refusal } from '../protocol.ts';
import { OriginalIndices } from './originalIndices.ts';
import { UNKNOWN_TOKEN, UNPROVED_ORIGINAL, noFlow, notOurs } from './refusals.ts';
import { isPlainRegister, readRequest } from './requests.ts';
import { Tokens } from './tokens.ts';

/** The default keep-alive period of a client, until the registration's answer gives another. */
const KEEP_ALIVE_NS = 1e9;

const ASKS: Judgement = { asks: true, proves: false, refusal: null };
const PROVES: Judgement = { asks: true, proves: true, refusal: null };
const SHOWS_UNKNOWN: Judgement = { asks: true, proves: false, refusal: UNKNOWN_TOKEN };
const strays = (refusal: Refusal): Judgement => ({ asks: false, proves: false, refusal });

/** What a proxy needs of a server's control datagram; null if it cannot be read. */
function controlIn(bytes: Uint8Array, offset: number, lengthBytes: number): ServerControl | null {
  if (lengthBytes > MAX_CONTROL_BYTES) return null;
  const control = decodeServerControl(bytes.subarray(offset, offset + lengthBytes));
  return control.ok ? control.value : null;
}

/** Clients send only control datagrams. */
const UPWARD: IndexReader = {
  stream: 1,
  repeat: 1,
  mediaTimeNs: Number.NaN,
  refusedStreams: 0,
  sameInARow: 0,
  news: null,
  read: () => CONTROL,
};

/** The way down: the message's count is the index; a repeat has the same fate, because nothing is retransmitted. */
class Downward implements IndexReader {
  readonly stream = 1;
  readonly repeat = 1;
  readonly mediaTimeNs = Number.NaN;
  readonly refusedStreams = 0;
  readonly sameInARow = 0;
  news: StreamNews | null = null;
  keepAliveNs = KEEP_ALIVE_NS;
  /** For a client that is an original program, which never sends keep-alives. */
  #originals: OriginalIndices | null = null;

  becomeOriginal(): void {
    this.#originals ??= new OriginalIndices();
    this.keepAliveNs = Number.POSITIVE_INFINITY;
  }

  read(bytes: Uint8Array, offset: number, lengthBytes: number): number {
    this.news = null;
    const count = readCount(bytes, offset, lengthBytes);
    if (count >= 0) return count;
    if (this.#originals !== null) {
      const isFirst = !this.#originals.hasBegun;
      const index = this.#originals.indexOf(bytes, offset, lengthBytes);
      // Nothing promises the first count, so the first one seen is accepted.
      if (isFirst && index >= 0) this.news = { firstIndex: index };
      if (index >= 0) return index;
    }
    if (classify(bytes, offset, lengthBytes) !== 'control') return UNINDEXED;
    const control = controlIn(bytes, offset, lengthBytes);
    if (control !== null) this.news = this.#newsOf(control);
    return CONTROL;
  }

  #newsOf(control: ServerControl): StreamNews | null {
    if (control.kind === 'registered') {
      const { intervalUs, speed } = control.timing;
      this.keepAliveNs = control.keepAliveMs * 1e6;
      // The interval is in whole nanoseconds; converted to microseconds it may have lost its last bit.
      return { firstIndex: control.nextCount, plan: { intervalNs: Math.round(intervalUs * 1e3), speed } };
    }
    if (control.kind === 'end') return { lastIndex: control.count };
    return control.kind === 'originalEnd' ? { lastIndex: null } : null;
  }
}

export class MatchstreamFlow implements FlowProtocol, Handshake {
  readonly down = new Downward();
  readonly up = UPWARD;
  readonly handshake = this;
  readonly #tokens = new Tokens();
  readonly #believes: (address: string) => boolean;

  /** @param believes the server's own rule for who may register without proof */
  constructor(believes: (address: string) => boolean) {
    this.#believes = believes;
  }

  get keepAliveNs(): number {
    return this.down.keepAliveNs;
  }

  judge({ address }: Peer, bytes: Uint8Array, offset: number, lengthBytes: number): Judgement {
    const request = readRequest(bytes, offset, lengthBytes);
    if (request === null) return strays(notOurs(bytes.subarray(offset, offset + lengthBytes)));
    if (request.kind === 'register') {
      if (request.token === null) return ASKS;
      return this.#tokens.wasCarried(request.token) ? PROVES : SHOWS_UNKNOWN;
    }
    if (request.kind !== 'originalRegister') return strays(noFlow(request.kind));
    if (!this.#believes(address)) return strays(UNPROVED_ORIGINAL);
    this.down.becomeOriginal();
    return PROVES;
  }

  /** The server would accept a plain registration from the proxy's address, so it is judged even for verified clients. */
  refusal({ address }: Peer, bytes: Uint8Array, offset: number, lengthBytes: number): Refusal | null {
    return !isPlainRegister(bytes, offset, lengthBytes) || this.#believes(address) ? null : UNPROVED_ORIGINAL;
  }

  /** Only a challenge is for an unverified client; anything else is for the previous client of its upstream port. */
  carries(bytes: Uint8Array, offset: number, lengthBytes: number): boolean {
    if (classify(bytes, offset, lengthBytes) !== 'control') return false;
    const control = controlIn(bytes, offset, lengthBytes);
    return control?.kind === 'challenge' && this.#tokens.note(control.token);
  }

  follow(former: Handshake): void {
    if (former instanceof MatchstreamFlow) this.#tokens.follow(former.#tokens);
  }
}
