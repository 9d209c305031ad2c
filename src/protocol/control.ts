/**
 * Control messages: registration, signs of life, the end. One JSON object a datagram, and the three plain texts of the
 * original programs.
 *
 * Stateless: who may send what, and when, is for the endpoints. Decoding never throws; every encoder asserts that the
 * other side's decoder accepts the result.
 */
import { decoded, refused } from '../base/errors.ts';
import type { Decoded } from '../base/errors.ts';
import { readCount, startsWith } from './head.ts';
import { Fields, Findings, parseJsonObject } from './json.ts';
import { ORIGINAL_END, ORIGINAL_REGISTER, ORIGINAL_UNREGISTER } from './original.ts';

/** The version a register states; a server refuses any other. */
const PROTOCOL_VERSION = 1;

/**
 * Size of every register, padded with spaces, and the minimum that a server accepts. No `challenge` or `registered` is
 * larger, so that a register with a forged source address cannot amplify traffic.
 */
export const REGISTER_SIZE_BYTES = 512;

/**
 * Size of every later request of a client, padded likewise: an `end`, the longest answer, has 77 bytes with the longest
 * nonce and count.
 */
const REQUEST_SIZE_BYTES = 80;

/** Largest control datagram either side reads, bytes. */
export const MAX_CONTROL_BYTES = 2048;

/** The form of a token. */
const IDENTIFIER = /^[A-Za-z0-9_-]{1,128}$/;
/** The form of a nonce: short, because every answer contains it. */
const NONCE = /^[A-Za-z0-9_-]{1,32}$/;
/** The form of a reason for a refusal: any word, so that servers can add reasons that older clients do not know. */
const REASON = /^[a-z-]{1,32}$/;
const MAX_CLIENT = 1_000_000;
/** Longest keep-alive interval: the limit of a Node timer. */
const MAX_KEEP_ALIVE_MS = 0x7fff_ffff;

/** How media time maps to sending time. */
export interface StreamTiming {
  /** Planned time between messages, microseconds, 0 or more, fractions allowed. */
  readonly intervalUs: number;
  /** Media time over sending time, above 0; 0 means flat out. */
  readonly speed: number;
}

export interface Register {
  readonly version: number;
  /** Proves the server's messages: 1 to 32 of A–Z, a–z, 0–9, `_`, `-`. */
  readonly nonce: string;
  /** The challenge's answer; null the first time. */
  readonly token: string | null;
  /** The client id it asks for, 1 to 1,000,000; null for any. */
  readonly client: number | null;
}

export interface Registered {
  readonly nonce: string;
  /** The client's id, 1 to 1,000,000. */
  readonly client: number;
  /** The first count the client is promised, 1 or more. */
  readonly nextCount: number;
  readonly timing: StreamTiming;
  /** The run's epoch, whole microseconds, 0 or more. */
  readonly epochUs: number;
  /** How often the client must send an `alive`, milliseconds, 1 or more. */
  readonly keepAliveMs: number;
}

/** What a server receives. */
export type ClientControl =
  | ({ readonly kind: 'register' } & Register)
  | { readonly kind: 'alive'; readonly token: string }
  | { readonly kind: 'unregister'; readonly token: string }
  | { readonly kind: 'originalRegister' }
  | { readonly kind: 'originalUnregister' };

/** What a client receives. */
export type ServerControl =
  | { readonly kind: 'challenge'; readonly token: string }
  | ({ readonly kind: 'registered' } & Registered)
  /**
   * There is no place. `full`: the server has reached its limit; `address`: the client's address has reached its limit.
   */
  | { readonly kind: 'refused'; readonly nonce: string; readonly reason: string }
  | { readonly kind: 'alive'; readonly nonce: string }
  /** `count`: the last count of the stream, 0 when nothing was sent. */
  | { readonly kind: 'end'; readonly nonce: string; readonly count: number }
  | { readonly kind: 'originalEnd' };

const utf8 = new TextEncoder();

/** Encodes an object, and throws unless the other side's decoder takes it. */
function encode(object: object, decode: (bytes: Uint8Array) => Decoded<unknown>, minBytes = 0): Uint8Array {
  const bytes = utf8.encode(JSON.stringify(object).padEnd(minBytes));
  const result = decode(bytes);
  if (!result.ok) throw new Error(`a control message the other side would refuse: ${result.reason}`);
  return bytes;
}

/** `alive` and its answer, which are sent often: the identifier is their only content, so it alone is asserted. */
function encodeAlivePart(key: 'token' | 'nonce', form: RegExp, identifier: string, minBytes = 0): Uint8Array {
  if (!form.test(identifier))
    throw new Error(`a control message the other side would refuse: alive.${key} is no identifier`);
  return utf8.encode(`{"alive":{"${key}":"${identifier}"}}`.padEnd(minBytes));
}

/** A client asks to be registered. Always REGISTER_SIZE_BYTES. */
export function encodeRegister(register: Omit<Register, 'version'>): Uint8Array {
  const { nonce, token, client } = register;
  return encode(
    {
      register: {
        version: PROTOCOL_VERSION,
        nonce,
        ...(token !== null && { token }),
        ...(client !== null && { client }),
      },
    },
    decodeClientControl,
    REGISTER_SIZE_BYTES,
  );
}

/** A client confirms that it is still running. REQUEST_SIZE_BYTES, or more with a long token. */
export function encodeAlive(token: string): Uint8Array {
  return encodeAlivePart('token', IDENTIFIER, token, REQUEST_SIZE_BYTES);
}

/** A client leaves. The same size. */
export function encodeUnregister(token: string): Uint8Array {
  return encode({ unregister: { token } }, decodeClientControl, REQUEST_SIZE_BYTES);
}

/** The server asks a client to prove its address. */
export function encodeChallenge(token: string): Uint8Array {
  return encode({ challenge: { token } }, decodeServerControl);
}

/** The server promises a stream. */
export function encodeRegistered(registered: Registered): Uint8Array {
  const { nonce, client, nextCount, timing, epochUs, keepAliveMs } = registered;
  const { intervalUs, speed } = timing;
  return encode(
    { registered: { nonce, client, nextCount, timing: { intervalUs, speed }, epochUs, keepAliveMs } },
    decodeServerControl,
  );
}

/** The server has no place for a client whose address is verified. `reason` is a lower-case word. */
export function encodeRefused(nonce: string, reason: string): Uint8Array {
  return encode({ refused: { nonce, reason } }, decodeServerControl);
}

/** The server answers an `alive`. */
export function encodeAliveAnswer(nonce: string): Uint8Array {
  return encodeAlivePart('nonce', NONCE, nonce);
}

/** The server has sent everything; `count` is the last count, 0 or more. */
export function encodeEnd(nonce: string, count: number): Uint8Array {
  return encode({ end: { nonce, count } }, decodeServerControl);
}

const equals = (bytes: Uint8Array, text: Uint8Array): boolean =>
  bytes.length === text.length && startsWith(bytes, 0, bytes.length, text);

/** Parses the object and finds its one key that names a kind. */
function openControl<Kind extends string>(
  bytes: Uint8Array,
  kinds: readonly Kind[],
  findings: Findings,
): Decoded<{ kind: Kind; fields: Fields }> {
  const parsed = parseJsonObject(bytes, MAX_CONTROL_BYTES);
  if (!parsed.ok) return parsed;
  const named = kinds.filter((kind) => Object.hasOwn(parsed.value, kind));
  const [kind] = named;
  if (kind === undefined || named.length > 1) {
    return refused(`expected one of ${kinds.join(', ')}, got ${kind === undefined ? 'none' : 'several'}`);
  }
  return decoded({ kind, fields: new Fields(parsed.value, '', findings).fields(kind) });
}

const CLIENT_KINDS = ['register', 'alive', 'unregister'] as const;
const SERVER_KINDS = ['challenge', 'registered', 'refused', 'alive', 'end'] as const;

/** Decodes what a server received: at most 2048 bytes. Unknown keys are tolerated. Never throws. */
export function decodeClientControl(bytes: Uint8Array): Decoded<ClientControl> {
  if (equals(bytes, ORIGINAL_REGISTER)) return decoded({ kind: 'originalRegister' });
  if (equals(bytes, ORIGINAL_UNREGISTER)) return decoded({ kind: 'originalUnregister' });
  const findings = new Findings();
  const opened = openControl(bytes, CLIENT_KINDS, findings);
  if (!opened.ok) return opened;
  const { kind, fields } = opened.value;
  if (kind !== 'register') {
    return findings.settle<ClientControl>({ kind, token: fields.matching('token', IDENTIFIER) });
  }
  if (bytes.length < REGISTER_SIZE_BYTES) {
    return refused(`register: expected at least ${REGISTER_SIZE_BYTES} bytes, got ${bytes.length}`);
  }
  return findings.settle<ClientControl>({
    kind,
    version: fields.integer('version', PROTOCOL_VERSION, PROTOCOL_VERSION),
    nonce: fields.matching('nonce', NONCE),
    token: fields.has('token') ? fields.matching('token', IDENTIFIER) : null,
    client: fields.has('client') ? fields.integer('client', 1, MAX_CLIENT) : null,
  });
}

/** Decodes what a client received: at most 2048 bytes. Unknown keys are tolerated. Never throws. */
export function decodeServerControl(bytes: Uint8Array): Decoded<ServerControl> {
  if (equals(bytes, ORIGINAL_END)) return decoded({ kind: 'originalEnd' });
  const findings = new Findings();
  const opened = openControl(bytes, SERVER_KINDS, findings);
  if (!opened.ok) return opened;
  return findings.settle(readServerControl(opened.value.kind, opened.value.fields));
}

function readServerControl(kind: (typeof SERVER_KINDS)[number], fields: Fields): ServerControl {
  const most = Number.MAX_SAFE_INTEGER;
  if (kind === 'challenge') return { kind, token: fields.matching('token', IDENTIFIER) };
  const nonce = fields.matching('nonce', NONCE);
  if (kind === 'alive') return { kind, nonce };
  if (kind === 'refused') return { kind, nonce, reason: fields.matching('reason', REASON) };
  if (kind === 'end') return { kind, nonce, count: fields.integer('count', 0, most) };
  const timing = fields.fields('timing');
  return {
    kind,
    nonce,
    client: fields.integer('client', 1, MAX_CLIENT),
    nextCount: fields.integer('nextCount', 1, most),
    timing: { intervalUs: timing.number('intervalUs', 0, most), speed: timing.number('speed', 0, most) },
    epochUs: fields.integer('epochUs', 0, most),
    keepAliveMs: fields.integer('keepAliveMs', 1, MAX_KEEP_ALIVE_MS),
  };
}

const CONTROL_HEADS = SERVER_KINDS.map((kind) => utf8.encode(`{"${kind}"`));

/**
 * The kind of a datagram from server to client, by its first bytes alone and without allocation: `stream` when its
 * count can be read; `control` when it begins like a control message or is the original end text; else `unknown`, such
 * as stream messages of the original programs.
 */
export function classify(
  bytes: Uint8Array,
  offset: number,
  lengthBytes: number,
): 'stream' | 'control' | 'unknown' {
  if (readCount(bytes, offset, lengthBytes) >= 0) return 'stream';
  for (let k = 0; k < CONTROL_HEADS.length; k += 1) {
    if (startsWith(bytes, offset, lengthBytes, CONTROL_HEADS[k] as Uint8Array)) return 'control';
  }
  const isEnd = lengthBytes === ORIGINAL_END.length && startsWith(bytes, offset, lengthBytes, ORIGINAL_END);
  return isEnd ? 'control' : 'unknown';
}
