/** What is refused, judged by its code and by what it is about, never by its wording: that stands in golden/messages.txt. */
import { EnvironmentError, UsageError } from '../src/base/errors.ts';

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
