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

/** A usage error as its code and its subject; anything else as it is. */
const named = (cause: unknown): unknown =>
  cause instanceof UsageError
    ? [cause.code, cause.subject]
    : cause instanceof EnvironmentError
      ? cause.code
      : cause;

/** @param subject the option, the setting or the file, as the message names it first */
export async function assertRefuses(
  work: () => unknown,
  code: UsageCode,
  subject: string | null,
): Promise<void> {
  assert.equal(named(await thrownBy(work)), [code, subject]);
}

/** The same of work that throws at once. */
export function assertRefusesNow(work: () => unknown, code: UsageCode, subject: string | null): void {
  let thrown: unknown = null;
  try {
    work();
  } catch (cause) {
    thrown = cause;
  }
  assert.equal(named(thrown), [code, subject]);
}

/** @param code of an EnvironmentError */
export async function assertFails(work: () => unknown, code: EnvironmentCode): Promise<void> {
  assert.equal(named(await thrownBy(work)), code);
}
