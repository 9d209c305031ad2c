/**
 * The errors a user can cause or meet, and the exit code of each. Every message is one line: what was
 * expected, what was got, what to do. Anything else that is thrown is a broken invariant, and a bug.
 */

/** Exit codes of the program; docs/reports.md says what each means. A signal's is what a shell makes of it: 128 + its number. */
export const EXIT = {
  match: 0,
  mismatch: 1,
  usage: 2,
  environment: 3,
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
} as const;

/** A signal that asks the program to end: a closed terminal, Ctrl+C, `kill`. */
export type Interrupt = 'SIGHUP' | 'SIGINT' | 'SIGTERM';

/** The user's input is wrong: an option, a file's content. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly exitCode = EXIT.usage;
}

/** The machine will not do it: a port in use, an unreadable folder, a child that died. Exit code 3. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  readonly exitCode = EXIT.environment;
}

/** A signal ended the work before its time. The exit code is the signal's. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly exitCode: 129 | 130 | 143;
  readonly signal: Interrupt;

  /** @param folder where there is something to look at; without it nothing is left */
  constructor(signal: Interrupt, folder?: string) {
    super(
      folder === undefined
        ? 'interrupted; nothing was written'
        : `interrupted; what was written so far is in ${folder}`,
    );
    this.signal = signal;
    this.exitCode = EXIT[signal];
  }
}

/** What decoding of untrusted bytes returns: it never throws. */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

export const decoded = <T>(value: T): Decoded<T> => ({ ok: true, value });
export const refused = (reason: string): Decoded<never> => ({ ok: false, reason });
