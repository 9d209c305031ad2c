/**
 * Errors as plain data, for messages between processes and threads.
 */
import { EnvironmentError, UsageError } from './errors.ts';

/** `Error` is a bug: nothing that a user can cause. */
export type Failure =
  | ({ readonly name: 'UsageError' } & Pick<UsageError, 'code' | 'subject' | 'detail'>)
  | ({ readonly name: 'EnvironmentError' } & Pick<EnvironmentError, 'code' | 'message'>)
  | { readonly name: 'Error'; readonly message: string };

export function failureOf(cause: unknown): Failure {
  if (cause instanceof UsageError) {
    const { name, code, subject, detail } = cause;
    return { name, code, subject, detail };
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  return cause instanceof EnvironmentError
    ? { name: cause.name, code: cause.code, message }
    : { name: 'Error', message };
}

/** The error, restored. */
export function errorOf(failure: Failure): Error {
  switch (failure.name) {
    case 'UsageError':
      return new UsageError(failure.code, failure.subject, failure.detail);
    case 'EnvironmentError':
      return new EnvironmentError(failure.code, failure.message);
    default:
      return new Error(failure.message);
  }
}
