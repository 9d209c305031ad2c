/**
 * Decodes untrusted JSON: bytes to an object whose fields are checked one by one.
 *
 * It never throws: the first fault is kept as a reason. A reason names the field and what was expected, and quotes
 * nothing of the sender's bytes but a number.
 */
import { decoded, refused } from '../base/errors.ts';
import type { Decoded } from '../base/errors.ts';

type JsonObject = Readonly<Record<string, unknown>>;

// A byte order mark is not white space in JSON (RFC 8259, section 8.1): the decoder keeps it, so that the parser
// refuses it.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return `a string of ${value.length} characters`;
  return Array.isArray(value) ? `an array of ${value.length}` : 'an object';
}

/** Parses at most `maxBytes` bytes of valid UTF-8 that hold one JSON object. */
export function parseJsonObject(bytes: Uint8Array, maxBytes: number): Decoded<JsonObject> {
  if (bytes.length > maxBytes) return refused(`expected at most ${maxBytes} bytes, got ${bytes.length}`);
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return refused('not UTF-8');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused('not JSON');
  }
  return isObject(value) ? decoded(value) : refused(`expected a JSON object, got ${describe(value)}`);
}

/** The first fault of a message, if any. */
export class Findings {
  #first: string | null = null;

  note(reason: string): void {
    this.#first ??= reason;
  }

  /** The value, or the first fault of the fields it was made of. */
  settle<T>(value: T): Decoded<T> {
    return this.#first === null ? decoded(value) : refused(this.#first);
  }
}

/**
 * The fields of one object. Each reader returns the field, or records the fault and returns a placeholder, which
 * `Findings.settle` discards. Unknown keys are tolerated.
 */
export class Fields {
  readonly #object: JsonObject;
  readonly #path: string;
  readonly #findings: Findings;

  /** @param path the object's name in reasons, such as `message` or `timeA[3]`; empty for the outermost */
  constructor(value: unknown, path: string, findings: Findings) {
    if (!isObject(value)) findings.note(`${path}: expected an object, got ${describe(value)}`);
    this.#object = isObject(value) ? value : {};
    this.#path = path;
    this.#findings = findings;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#object, key);
  }

  /** An object within this one. */
  fields(key: string): Fields {
    return new Fields(this.#object[key], this.#name(key), this.#findings);
  }

  /** An array of at most `max` objects. */
  objects(key: string, max: number): Fields[] {
    const name = this.#name(key);
    return this.#array(key, max).map((value, k) => new Fields(value, `${name}[${k}]`, this.#findings));
  }

  /** An array of at most `maxItems` whole numbers, each from `min` to `max`. */
  integers(key: string, maxItems: number, min: number, max: number): number[] {
    const name = this.#name(key);
    return this.#array(key, maxItems).map((value, k) => this.#integer(value, `${name}[${k}]`, min, max));
  }

  /** A whole number from `min` to `max`. */
  integer(key: string, min: number, max: number): number {
    return this.#integer(this.#object[key], this.#name(key), min, max);
  }

  /** A finite number from `min` to `max`, fractions included. */
  number(key: string, min: number, max: number): number {
    const value = this.#object[key];
    if (typeof value === 'number' && value >= min && value <= max) return value;
    this.#miss(this.#name(key), `a number from ${min} to ${max}`, value);
    return min;
  }

  boolean(key: string): boolean {
    const value = this.#object[key];
    if (typeof value === 'boolean') return value;
    this.#miss(this.#name(key), 'true or false', value);
    return false;
  }

  /** A string of at most `maxChars` UTF-16 units. */
  text(key: string, maxChars: number): string {
    const value = this.#object[key];
    if (typeof value === 'string' && value.length <= maxChars) return value;
    this.#miss(this.#name(key), `a string of at most ${maxChars} characters`, value);
    return '';
  }

  /** A string that matches the pattern. */
  matching(key: string, pattern: RegExp): string {
    const value = this.#object[key];
    if (typeof value === 'string' && pattern.test(value)) return value;
    this.#miss(this.#name(key), `a string like ${pattern.source}`, value);
    return '';
  }

  #array(key: string, max: number): readonly unknown[] {
    const value = this.#object[key];
    if (Array.isArray(value) && value.length <= max) return value;
    this.#miss(this.#name(key), `an array of at most ${max}`, value);
    return [];
  }

  #integer(value: unknown, name: string, min: number, max: number): number {
    if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) {
      return value as number;
    }
    this.#miss(name, `a whole number from ${min} to ${max}`, value);
    return min;
  }

  #miss(name: string, expected: string, got: unknown): void {
    this.#findings.note(`${name}: expected ${expected}, got ${describe(got)}`);
  }

  #name(key: string): string {
    return this.#path === '' ? key : `${this.#path}.${key}`;
  }
}
