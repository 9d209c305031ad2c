/** What is refused, judged by its code and by what it is about, never by its wording: that stands in golden/messages.txt. */
import * as assert from 'uvu/assert';
import { EnvironmentError, UsageError } from '../src/base/errors.ts';
import type { EnvironmentCode, UsageCode } from '../src/base/errors.ts';

/** What work throws or rejects with; null where it does neither. */
export async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (cause) {
    return cause;
  }
  return null;
}

/** An error's code and, of a usage error that has one, its subject: `value-format | --drop`. */
export function refusalIn(cause: unknown): string {
  if (cause instanceof UsageError)
    return cause.subject === null ? cause.code : `${cause.code} | ${cause.subject}`;
  return cause instanceof EnvironmentError ? cause.code : `no refusal: ${String(cause)}`;
}

/**
 * Asserts that work is refused so, and in one line.
 * @param wanted code and subject, `value-format | --drop`
 * @param saying what else is told that is no wording: a number, a name, what was meant
 */
export async function assertRefusal(work: () => unknown, wanted: string, saying = ''): Promise<void> {
  const cause = await thrownBy(work);
  const message = cause instanceof Error ? cause.message : '';
  assert.is(refusalIn(cause), wanted, message);
  assert.ok(message.includes(saying), `${message} should say ${saying}`);
  assert.not.match(message, /\n/);
}

/**
 * For `assert.throws`: whether an error has that code, and is about that.
 * @param subject null where the message names none first; left out where it is not what is tested
 */
export const refusal =
  (code: UsageCode | EnvironmentCode, subject?: string | null) =>
  (cause: Error): boolean =>
    (cause instanceof UsageError || cause instanceof EnvironmentError) &&
    cause.code === code &&
    (subject === undefined || (cause instanceof UsageError && cause.subject === subject));
