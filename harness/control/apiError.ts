/**
 * What the API refuses, with the status that says why; and fields of a request's body, read.
 *
 * As in toxiproxy, a field that is null is one that is not given, and a key's letters may be of either case.
 */
import { EnvironmentError, UsageError } from '../../src/base/errors.ts';
import { isObject, refuseUnknownKeys } from '../../src/base/arguments.ts';

export type ErrorStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 500 | 503;

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: ErrorStatus;

  constructor(status: ErrorStatus, message: string) {
    super(message);
    this.status = status;
  }
}

const BAD_BODY = 'bad request body: ';

export const badBody = (reason: string): ApiError => new ApiError(400, `${BAD_BODY}${reason}`);

/** What is wrong with a body that is none of a request's. */
export const withoutRequest = ({ message }: Error): string =>
  message.startsWith(BAD_BODY) ? message.slice(BAD_BODY.length) : message;
export const missingField = (name: string): ApiError => new ApiError(400, `missing required field: ${name}`);

/** An error as a status: what was asked wrongly is 400, what the system would not is 500. */
export function apiErrorOf(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause;
  if (cause instanceof UsageError) return new ApiError(400, cause.message);
  if (cause instanceof EnvironmentError) return new ApiError(500, cause.message);
  return new ApiError(500, `a bug in matchstream: ${cause instanceof Error ? cause.message : String(cause)}`);
}

export type Body = Readonly<Record<string, unknown>>;

/** @throws ApiError for JSON of another kind */
export function readObject(value: unknown, what = 'an object'): Body {
  if (isObject(value)) return value;
  throw badBody(`expected ${what}, got ${kindOf(value)}`);
}

/** A field's value; undefined for one that is not there, or null. */
export function fieldOf(body: Body, name: string): unknown {
  const key = Object.hasOwn(body, name)
    ? name
    : Object.keys(body).find((one) => one.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : (body[key] ?? undefined);
}

/**
 * What is misspelt, or stands where it has no meaning, would do nothing, and nobody would know.
 * @param where in the message
 * @throws UsageError for a key that is none of these
 */
export function refuseOtherKeys(where: string, body: Body, known: readonly string[]): void {
  const isKnown = (key: string): boolean => known.some((one) => one.toLowerCase() === key.toLowerCase());
  const others = Object.entries(body).filter(([key, value]) => value !== null && !isKnown(key));
  refuseUnknownKeys(where, Object.fromEntries(others), known);
}

const reader =
  <Value>(is: (value: unknown) => value is Value, expected: string) =>
  (body: Body, name: string): Value | undefined => {
    const value = fieldOf(body, name);
    if (value === undefined || is(value)) return value;
    throw badBody(`${name}: expected ${expected}, got ${kindOf(value)}`);
  };

export const textField = reader((value): value is string => typeof value === 'string', 'text');
export const numberField = reader((value): value is number => typeof value === 'number', 'a number');
export const flagField = reader((value): value is boolean => typeof value === 'boolean', 'true or false');
export const objectField = reader(isObject, 'an object');

/** A value in a message. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : JSON.stringify(value).slice(0, 60);
}
