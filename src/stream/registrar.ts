/**
 * A server's answers to requests: registered, refused, or no answer.
 *
 * Part of ServerEndpoint, which it notifies of clients that come and go. A datagram that is no valid request is counted
 * and ignored. No answer is longer than its request, so that a forged source address cannot amplify traffic.
 */
import {
  decodeClientControl,
  encodeAliveAnswer,
  encodeChallenge,
  encodeEnd,
  encodeRefused,
  encodeRegistered,
} from '../protocol/control.ts';
import type { ClientControl } from '../protocol/control.ts';
import { isLoopback } from '../base/loopback.ts';
import { TokenMint } from '../protocol/token.ts';
import type { Peer } from '../net/batch.ts';
import type { Outbox } from './outbox.ts';
import type { Pacer } from '../net/pacer.ts';
import type { NoPlace } from './places.ts';
import type { Member, Registry } from './registry.ts';
import type { ServerCounters, ServerEvent, ServerOptions } from './serverOptions.ts';

const TOKEN_BUCKET_NS = 60e9;

/** The reasons as the log words them. */
const NO_PLACE: Readonly<Record<NoPlace, string>> = {
  full: 'the server is full (--max-clients)',
  address: 'its address has all the places it may have (--max-clients-per-address)',
  originals: 'original clients have all the places they may have (half of --max-clients)',
  'address-originals':
    'original clients at its address have all the places they may have (half of --max-clients-per-address)',
};
const UNVERIFIED = 'an original client from another machine needs --allow-unverified';
const TOO_SHORT = 'a request shorter than its answer: expected it padded with spaces';

/** What ServerEndpoint shares with its registrar. */
export interface RegistrarParts {
  readonly options: ServerOptions;
  readonly keepAliveNs: number;
  readonly registry: Registry;
  readonly outbox: Outbox;
  readonly pacer: Pacer;
  readonly counters: ServerCounters;
  readonly admitted: (nowNs: number, member: Member) => void;
  readonly leave: (nowNs: number, member: Member, reason: string) => void;
  readonly observe: (event: ServerEvent) => void;
}

export class Registrar {
  readonly #parts: RegistrarParts;
  readonly #mint: TokenMint;

  constructor(parts: RegistrarParts) {
    this.#parts = parts;
    this.#mint = new TokenMint(parts.options.secret, TOKEN_BUCKET_NS);
  }

  handleRequest(nowNs: number, peer: Peer, bytes: Uint8Array): void {
    const request = decodeClientControl(bytes);
    if (!request.ok) {
      this.#parts.counters.malformed += 1;
      return;
    }
    const control = request.value;
    switch (control.kind) {
      case 'register':
        return this.#register(nowNs, peer, control, bytes.length);
      case 'originalRegister':
        return this.#registerOriginal(nowNs, peer);
      case 'alive':
      case 'unregister': {
        const member = this.#parts.registry.find(peer);
        if (member === undefined || member.original || member.token !== control.token)
          return this.#turnDown();
        if (control.kind === 'alive') member.silentSweeps = 0;
        else this.#parts.leave(nowNs, member, 'unregistered');
        // An expired client that comes back gets no more of the stream and must not wait for it. A client that leaves
        // early learns from the `end` what was sent to it.
        const isGone = member.membership === 'gone';
        const answer = isGone ? encodeEnd(member.nonce, member.endCount) : encodeAliveAnswer(member.nonce);
        return this.#answer(nowNs, member, control.kind, answer, bytes.length);
      }
      case 'originalUnregister': {
        const member = this.#parts.registry.find(peer);
        if (member?.original === true) this.#parts.leave(nowNs, member, 'unregistered');
      }
    }
  }

  #register(
    nowNs: number,
    peer: Peer,
    request: ClientControl & { kind: 'register' },
    requestBytes: number,
  ): void {
    const { registry } = this.#parts;
    if (request.token === null) {
      return this.#tell(
        nowNs,
        peer,
        encodeChallenge(this.#mint.mint(peer.address, peer.port, nowNs)),
        requestBytes,
      );
    }
    if (!this.#mint.verify(request.token, peer.address, peer.port, nowNs)) return this.#turnDown();
    let member = registry.find(peer);
    if (member?.nonce !== request.nonce) {
      // The same port with another nonce is a new client: the old client is gone and its place is free.
      if (member !== undefined) this.#parts.leave(nowNs, member, 'replaced');
      const noPlace = registry.refusal(peer, false);
      if (noPlace !== null) {
        this.#turnDown(peer, NO_PLACE[noPlace]);
        return this.#tell(nowNs, peer, encodeRefused(request.nonce, noPlace), requestBytes);
      }
      if (member !== undefined) registry.remove(member);
      const about = { nonce: request.nonce, token: request.token, original: false };
      member = this.#admit(nowNs, peer, request.client, about);
    }
    member.silentSweeps = 0;
    member.token = request.token;
    const { options, pacer, keepAliveNs } = this.#parts;
    const answer = encodeRegistered({
      nonce: member.nonce,
      client: member.id,
      nextCount: member.nextCount,
      timing: { intervalUs: options.source.intervalNs / 1e3, speed: pacer.speed },
      epochUs: options.epochUs ?? 0,
      keepAliveMs: keepAliveNs / 1e6,
    });
    this.#answer(nowNs, member, 'register', answer, requestBytes);
  }

  #registerOriginal(nowNs: number, peer: Peer): void {
    const { options, registry } = this.#parts;
    if (options.allowUnverified !== true && !isLoopback(peer.address)) {
      return this.#turnDown(peer, UNVERIFIED);
    }
    const member = registry.find(peer);
    if (member !== undefined) {
      // A repeated or late register is not a new client; but an expired client may register again.
      const { original, leftBecause } = member;
      if (original) member.silentSweeps = 0;
      if (!original || (leftBecause !== 'expired' && leftBecause !== 'unreachable')) return;
    }
    const noPlace = registry.refusal(peer, true);
    // The original program takes every datagram for a stream message, so it cannot be told.
    if (noPlace !== null) return this.#turnDown(peer, NO_PLACE[noPlace]);
    if (member !== undefined) registry.remove(member);
    this.#admit(nowNs, peer, null, { nonce: '', token: '', original: true });
  }

  #admit(
    nowNs: number,
    peer: Peer,
    wishedId: number | null,
    about: { nonce: string; token: string; original: boolean },
  ): Member {
    const { registry, pacer, observe, admitted } = this.#parts;
    const member = registry.add(peer, wishedId, { ...about, nextCount: pacer.nextCount });
    observe({ kind: 'registered', member });
    admitted(nowNs, member);
    return member;
  }

  /** Answers a client; a repeated request only once per drain of the outbox, so that no client fills it. */
  #answer(nowNs: number, member: Member, request: string, answer: Uint8Array, requestBytes: number): void {
    if (answer.length > requestBytes) return this.#turnDown(member.peer, TOO_SHORT);
    const { outbox } = this.#parts;
    if (member.answered === request && member.answeredDrain === outbox.drains) return;
    if (!outbox.put(nowNs, member.peer, answer)) return;
    member.answered = request;
    member.answeredDrain = outbox.drains;
  }

  /** Answers a peer that is not registered. Only half of the outbox is open to such answers. */
  #tell(nowNs: number, peer: Peer, answer: Uint8Array, requestBytes: number): void {
    if (answer.length > requestBytes) return this.#turnDown();
    if (!this.#parts.outbox.halfFull) this.#parts.outbox.put(nowNs, peer, answer);
  }

  #turnDown(peer?: Peer, reason?: string): void {
    const { counters, observe } = this.#parts;
    counters.refusedRequests += 1;
    if (peer !== undefined && reason !== undefined) observe({ kind: 'refused', peer, reason });
  }
}
