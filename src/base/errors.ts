/**
 * The errors for users and their exit codes. Every message is one line: what was expected, what was got, what to do.
 * Any other exception is a broken invariant, and a bug.
 */

/** Exit codes of the program; docs/reports.md explains them. After a signal it is 128 + its number, as in a shell. */
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

/** Codes of usage errors, for programs: they are stable, unlike the messages. */
export type UsageCode = keyof typeof USAGE_CODES;

/** Code → what it says; docs/library.md lists them. */
export const USAGE_CODES = {
  'unknown-command': 'there is no such command',
  'unknown-option': 'the command has no such option',
  'unknown-key': 'there is no setting of that name, or not in that place',
  'unknown-choice': 'a name that is none of those there are',
  'unexpected-word': 'a word that the command has no place for',
  'value-format': 'a value that is not of the kind, or not written as expected',
  'value-range': 'a value that is too small, too large, or fits nothing else that was given',
  conflict: 'two things that exclude each other',
  missing: 'something that has to be given, or to stand beside what was given',
  repeated: 'something that may be given once only',
  'file-unreadable': 'an input that is no readable file',
  'file-format': 'a scenario, squads or arrivals that say what they may not',
  'output-taken': 'an output whose name is taken: nothing that exists is replaced',
  'recording-damaged': 'a recording that is truncated, altered, or none at all',
  'recording-unsuitable': 'a sound recording that cannot be replayed so',
  'host-unknown': 'a name that no address is found for',
  'program-not-found': 'a command of your own that cannot be run',
  'nothing-to-shrink': 'no client fails by itself, so there is nothing to make small',
} as const;

/** Codes of environment errors, for programs. */
export type EnvironmentCode = keyof typeof ENVIRONMENT_CODES;

/** Code → what it says; docs/library.md lists them. */
export const ENVIRONMENT_CODES = {
  'port-taken': 'another program has the port',
  'address-unavailable': 'this machine cannot listen there',
  'no-permission': 'the system forbids it',
  'too-many-open-files': 'the limit of open files and sockets is reached',
  'transport-unavailable': 'the transport that was chosen does not work here',
  'disk-full': 'there is no room left, or none for this user',
  'disk-read-only': 'nothing can be written there',
  'disk-slow': 'the disk takes less than arrives',
  'write-failed': 'a file or folder cannot be made or written, for another reason',
  'read-failed': 'the disk does not give what it has',
  'recording-changed': 'the recording was written to while it was replayed',
  'not-started': 'a program or process cannot be started',
  'process-lost': 'a process of ours ended before its report',
  'timed-out': 'a part did not end, or begin, in its time',
  'no-server': 'no server answers',
  'server-full': 'the server has no place left',
  'datagrams-lost': 'datagrams were lost where none may be',
  'never-asked': 'the command that was tested never asked for the recording',
  interrupted: 'a signal ended it',
  'bench-failed': 'a benchmark could not be made',
} as const;

/** The user's input is wrong: an option, a file's content. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly exitCode = EXIT.usage;
  readonly code: UsageCode;
  /** The option, setting or file at the start of the message; null if it names none. */
  readonly subject: string | null;
  /** The message without the subject: what was expected, what was got, what to do. */
  readonly detail: string;

  constructor(code: UsageCode, subject: string | null, detail: string, options?: ErrorOptions) {
    super(subject === null ? detail : `${subject}: ${detail}`, options);
    this.code = code;
    this.subject = subject;
    this.detail = detail;
  }
}

/** The environment does not allow it: a port in use, an unreadable folder, a child that died. Exit code 3. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  readonly exitCode = EXIT.environment;
  readonly code: EnvironmentCode;

  constructor(code: EnvironmentCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A signal ended the work early. The exit code is the signal's. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly exitCode: 129 | 130 | 143;
  readonly signal: Interrupt;

  /** @param folder the folder with partial results, if there are any */
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

/** The result of decoding untrusted bytes, which never throws. */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

export const decoded = <T>(value: T): Decoded<T> => ({ ok: true, value });
export const refused = (reason: string): Decoded<never> => ({ ok: false, reason });
